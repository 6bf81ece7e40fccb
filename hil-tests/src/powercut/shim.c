/* A preload library that writes down, in one order, what a program does to the files of a database and what it tells the
 * world: every write, truncation, fsync, creation, removal and renaming of a file whose path begins with POWER_CUT_FILES,
 * every octet that leaves through a socket or a terminal, and every octet read from a terminal. The record goes to
 * POWER_CUT_LOG.0, or to .1 and so on where that is there already; log.rs reads it.
 *
 * The order is the point. What changes a file or leaves is done and written down under one lock, so the record is in the
 * order of the deeds. An fsync is written down after it returned, with the number of records there were when it began: it
 * vouches for those alone. Files that end in -shm are shared memory of the living and left out.
 *
 * POWER_CUT_SENDS=n kills the program, as a power cut does, right after the n-th Ctrl-Z it wrote to a terminal.
 *
 * For 64-bit Linux. It calls the kernel itself, so it needs nothing of the library it stands in front of.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

_Static_assert(sizeof(long) == 8, "offsets are handed to the kernel in one register");

enum { PATH_OCTETS = 4096, PIECES_MAX = 1024, CTRL_Z = 0x1A };

struct head {
    uint8_t kind;
    uint8_t reserved;
    uint16_t name_octets;
    int32_t fd;
    uint64_t number;
    uint32_t data_octets;
    uint32_t reserved_too;
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static int log_fd = -1;
static char files[PATH_OCTETS];
static size_t files_octets, folder_octets;
static uint64_t records;
static long sends_left = -1;

__attribute__((constructor)) static void begin(void) {
    const char *wanted = getenv("POWER_CUT_FILES"), *log = getenv("POWER_CUT_LOG"), *sends = getenv("POWER_CUT_SENDS");
    if (!wanted || !log || strlen(wanted) >= sizeof files || !strrchr(wanted, '/')) return;
    strcpy(files, wanted);
    files_octets = strlen(files);
    folder_octets = (size_t)(strrchr(files, '/') - files);
    if (sends) sends_left = atol(sends);
    char path[PATH_OCTETS + 16];
    for (int nth = 0; nth < 1000 && log_fd < 0; nth++) {
        snprintf(path, sizeof path, "%s.%d", log, nth);
        log_fd = (int)syscall(SYS_openat, AT_FDCWD, path, O_WRONLY | O_CREAT | O_EXCL | O_APPEND | O_CLOEXEC, 0600);
    }
    if (log_fd < 0) abort();
}

/* Called with the lock held. A record that cannot be written would falsify all that follow. */
static void record(uint8_t kind, const char *name, int fd, uint64_t number, const void *data, size_t octets) {
    struct head head = { kind, 0, (uint16_t)(name ? strlen(name) : 0), fd, number, (uint32_t)octets, 0 };
    struct iovec pieces[3] = { { &head, sizeof head }, { (void *)name, head.name_octets }, { (void *)data, octets } };
    ssize_t whole = (ssize_t)(sizeof head + head.name_octets + octets);
    int before = errno;
    if (syscall(SYS_writev, log_fd, pieces, 3) != whole) abort();
    errno = before;
    records++;
}

/* The name of a file that is watched, behind its folder; NULL for every other path. */
static const char *watched(const char *path) {
    if (log_fd < 0 || strncmp(path, files, files_octets)) return NULL;
    size_t octets = strlen(path);
    if (octets > 4 && !strcmp(path + octets - 4, "-shm")) return NULL;
    if (strchr(path + folder_octets + 1, '/') || strstr(path, " (deleted)")) return NULL;
    return path + folder_octets + 1;
}

static const char *path_of(int fd, char *path) {
    char link[64];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    long octets = syscall(SYS_readlinkat, AT_FDCWD, link, path, PATH_OCTETS - 1);
    path[octets < 0 ? 0 : octets] = 0;
    return path;
}

/* What is behind a descriptor: 'f' a file, 'd' a directory, 's' a socket, 't' a terminal, 0 nothing of interest. */
static int behind(int fd) {
    struct stat found;
    int before = errno, what = 0;
    if (log_fd >= 0 && fd != log_fd && fstat(fd, &found) == 0) {
        if (S_ISREG(found.st_mode)) what = 'f';
        else if (S_ISDIR(found.st_mode)) what = 'd';
        else if (S_ISSOCK(found.st_mode)) what = 's';
        else if (S_ISCHR(found.st_mode) && isatty(fd)) what = 't';
    }
    errno = before;
    return what;
}

static const char *watched_file(int fd, char *path) {
    return behind(fd) == 'f' ? watched(path_of(fd, path)) : NULL;
}

static void cut_after(const uint8_t *octets, size_t count) {
    if (sends_left <= 0 || !memchr(octets, CTRL_Z, count) || --sends_left > 0) return;
    kill(getpid(), SIGKILL);
    for (;;) pause();
}

/* Octets that left through a socket or a terminal, already sent; called with the lock held. */
static void left(int fd, int what, const struct iovec *pieces, int count, ssize_t sent) {
    if (sent <= 0) return;
    uint8_t *octets = malloc((size_t)sent);
    if (!octets) abort();
    size_t have = 0;
    for (int piece = 0; piece < count && have < (size_t)sent; piece++) {
        size_t more = pieces[piece].iov_len < (size_t)sent - have ? pieces[piece].iov_len : (size_t)sent - have;
        memcpy(octets + have, pieces[piece].iov_base, more);
        have += more;
    }
    record(what == 't' ? 'o' : 'O', NULL, fd, 0, octets, have);
    if (what == 't') cut_after(octets, have);
    free(octets);
}

static ssize_t written_to_file(int fd, const char *name, const void *data, size_t octets, int64_t at) {
    pthread_mutex_lock(&lock);
    struct stat found;
    if (at < 0) {
        int appends = (int)syscall(SYS_fcntl, fd, F_GETFL) & O_APPEND;
        at = appends && fstat(fd, &found) == 0 ? found.st_size : (int64_t)syscall(SYS_lseek, fd, 0, SEEK_CUR);
        octets = (size_t)syscall(SYS_write, fd, data, octets);
    } else {
        octets = (size_t)syscall(SYS_pwrite64, fd, data, octets, at);
    }
    if ((ssize_t)octets > 0) record('W', name, fd, (uint64_t)at, data, octets);
    pthread_mutex_unlock(&lock);
    return (ssize_t)octets;
}

ssize_t write(int fd, const void *data, size_t octets) {
    char path[PATH_OCTETS];
    int what = behind(fd);
    const char *name = what == 'f' ? watched(path_of(fd, path)) : NULL;
    if (name) return written_to_file(fd, name, data, octets, -1);
    if (what != 's' && what != 't') return syscall(SYS_write, fd, data, octets);
    pthread_mutex_lock(&lock);
    ssize_t sent = syscall(SYS_write, fd, data, octets);
    struct iovec piece = { (void *)data, octets };
    left(fd, what, &piece, 1, sent);
    pthread_mutex_unlock(&lock);
    return sent;
}

ssize_t pwrite(int fd, const void *data, size_t octets, off_t at) {
    char path[PATH_OCTETS];
    const char *name = watched_file(fd, path);
    return name ? written_to_file(fd, name, data, octets, at) : syscall(SYS_pwrite64, fd, data, octets, at);
}

ssize_t pwrite64(int fd, const void *data, size_t octets, off64_t at) {
    return pwrite(fd, data, octets, (off_t)at);
}

ssize_t writev(int fd, const struct iovec *pieces, int count) {
    char path[PATH_OCTETS];
    int what = behind(fd);
    /* SQLite writes its files in one piece; whoever changes that has to teach this library first. */
    if (what == 'f' && watched(path_of(fd, path))) abort();
    if ((what != 's' && what != 't') || count > PIECES_MAX) return syscall(SYS_writev, fd, pieces, count);
    pthread_mutex_lock(&lock);
    ssize_t sent = syscall(SYS_writev, fd, pieces, count);
    left(fd, what, pieces, count, sent);
    pthread_mutex_unlock(&lock);
    return sent;
}

ssize_t sendto(int fd, const void *data, size_t octets, int flags, const struct sockaddr *to, socklen_t to_octets) {
    int what = behind(fd);
    if (what != 's') return syscall(SYS_sendto, fd, data, octets, flags, to, to_octets);
    pthread_mutex_lock(&lock);
    ssize_t sent = syscall(SYS_sendto, fd, data, octets, flags, to, to_octets);
    struct iovec piece = { (void *)data, octets };
    left(fd, what, &piece, 1, sent);
    pthread_mutex_unlock(&lock);
    return sent;
}

ssize_t send(int fd, const void *data, size_t octets, int flags) {
    return sendto(fd, data, octets, flags, NULL, 0);
}

ssize_t sendmsg(int fd, const struct msghdr *message, int flags) {
    int what = behind(fd);
    if (what != 's') return syscall(SYS_sendmsg, fd, message, flags);
    pthread_mutex_lock(&lock);
    ssize_t sent = syscall(SYS_sendmsg, fd, message, flags);
    left(fd, what, message->msg_iov, (int)message->msg_iovlen, sent);
    pthread_mutex_unlock(&lock);
    return sent;
}

ssize_t read(int fd, void *data, size_t octets) {
    ssize_t had = syscall(SYS_read, fd, data, octets);
    if (had > 0 && behind(fd) == 't') {
        pthread_mutex_lock(&lock);
        record('i', NULL, fd, 0, data, (size_t)had);
        pthread_mutex_unlock(&lock);
    }
    return had;
}

int close(int fd) {
    int what = behind(fd);
    if (what != 's' && what != 't') return (int)syscall(SYS_close, fd);
    pthread_mutex_lock(&lock);
    record('X', NULL, fd, 0, NULL, 0);
    int closed = (int)syscall(SYS_close, fd);
    pthread_mutex_unlock(&lock);
    return closed;
}

static int synced(int fd, long call) {
    char path[PATH_OCTETS];
    int what = behind(fd);
    const char *name = what == 'f' ? watched(path_of(fd, path)) : NULL;
    int folder = what == 'd' && strlen(path_of(fd, path)) == folder_octets && !strncmp(path, files, folder_octets);
    if (!name && !folder) return (int)syscall(call, fd);
    pthread_mutex_lock(&lock);
    uint64_t begun = records;
    pthread_mutex_unlock(&lock);
    int done = (int)syscall(call, fd);
    if (done == 0) {
        pthread_mutex_lock(&lock);
        record(name ? 'S' : 'D', name, fd, begun, NULL, 0);
        pthread_mutex_unlock(&lock);
    }
    return done;
}

int fsync(int fd) { return synced(fd, SYS_fsync); }

int fdatasync(int fd) { return synced(fd, SYS_fdatasync); }

int ftruncate(int fd, off_t octets) {
    char path[PATH_OCTETS];
    const char *name = watched_file(fd, path);
    if (!name) return (int)syscall(SYS_ftruncate, fd, octets);
    pthread_mutex_lock(&lock);
    int done = (int)syscall(SYS_ftruncate, fd, octets);
    if (done == 0) record('T', name, fd, (uint64_t)octets, NULL, 0);
    pthread_mutex_unlock(&lock);
    return done;
}

int ftruncate64(int fd, off64_t octets) { return ftruncate(fd, (off_t)octets); }

static int opened(int folder, const char *path, int flags, mode_t mode) {
    const char *name = folder == AT_FDCWD || path[0] == '/' ? watched(path) : NULL;
    if (!name || !(flags & (O_CREAT | O_TRUNC))) return (int)syscall(SYS_openat, folder, path, flags, mode);
    pthread_mutex_lock(&lock);
    int there = syscall(SYS_faccessat, AT_FDCWD, path, F_OK) == 0;
    int fd = (int)syscall(SYS_openat, folder, path, flags, mode);
    if (fd >= 0 && !there) record('C', name, fd, 0, NULL, 0);
    if (fd >= 0 && there && (flags & O_TRUNC)) record('T', name, fd, 0, NULL, 0);
    pthread_mutex_unlock(&lock);
    return fd;
}

#define MODE_OF(flags, mode) do { if ((flags) & (O_CREAT | O_TMPFILE)) { va_list rest; va_start(rest, flags); \
    mode = va_arg(rest, mode_t); va_end(rest); } } while (0)

int open(const char *path, int flags, ...) {
    mode_t mode = 0;
    MODE_OF(flags, mode);
    return opened(AT_FDCWD, path, flags, mode);
}

int open64(const char *path, int flags, ...) {
    mode_t mode = 0;
    MODE_OF(flags, mode);
    return opened(AT_FDCWD, path, flags | O_LARGEFILE, mode);
}

int openat(int folder, const char *path, int flags, ...) {
    mode_t mode = 0;
    MODE_OF(flags, mode);
    return opened(folder, path, flags, mode);
}

int openat64(int folder, const char *path, int flags, ...) {
    mode_t mode = 0;
    MODE_OF(flags, mode);
    return opened(folder, path, flags | O_LARGEFILE, mode);
}

int unlink(const char *path) {
    const char *name = watched(path);
    if (!name) return (int)syscall(SYS_unlinkat, AT_FDCWD, path, 0);
    pthread_mutex_lock(&lock);
    int done = (int)syscall(SYS_unlinkat, AT_FDCWD, path, 0);
    if (done == 0) record('U', name, -1, 0, NULL, 0);
    pthread_mutex_unlock(&lock);
    return done;
}

int rename(const char *from, const char *to) {
    /* No file of the database is renamed; whoever begins to has to teach this library first. */
    if (watched(from) || watched(to)) abort();
    return (int)syscall(SYS_renameat2, AT_FDCWD, from, AT_FDCWD, to, 0);
}
