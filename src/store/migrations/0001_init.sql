-- Times are milliseconds since 1970 (UTC). Words are those of terms.rs. Booleans are 0 and 1. JSON is text.

CREATE TABLE setting (
    name       TEXT PRIMARY KEY,
    value      TEXT NOT NULL,
    updated_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE api_key (
    id           TEXT PRIMARY KEY,
    name         TEXT NOT NULL,
    hash         TEXT NOT NULL UNIQUE,
    prefix       TEXT NOT NULL,
    scopes       TEXT NOT NULL,
    created_at   INTEGER NOT NULL,
    expires_at   INTEGER,
    revoked_at   INTEGER,
    last_used_at INTEGER
) STRICT;

CREATE TABLE idempotency (
    owner       TEXT NOT NULL,
    key         TEXT NOT NULL,
    body_sha256 TEXT NOT NULL,
    answer      TEXT NOT NULL,
    created_at  INTEGER NOT NULL,
    PRIMARY KEY (owner, key)
) STRICT, WITHOUT ROWID;
CREATE INDEX idempotency_age ON idempotency (created_at);

CREATE TABLE endpoint (
    name          TEXT PRIMARY KEY,
    url           TEXT NOT NULL,
    status_url    TEXT,
    method        TEXT NOT NULL,
    secret        TEXT NOT NULL,
    timeout_ms    INTEGER NOT NULL,
    allow_private INTEGER NOT NULL,
    created_at    INTEGER NOT NULL,
    updated_at    INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE flow_revision (
    name       TEXT NOT NULL,
    revision   INTEGER NOT NULL,
    source     TEXT NOT NULL,
    active     INTEGER NOT NULL,
    created_by TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    retired_at INTEGER,
    PRIMARY KEY (name, revision)
) STRICT;
CREATE UNIQUE INDEX flow_revision_active ON flow_revision (name) WHERE active = 1;

CREATE TABLE contact (
    n          INTEGER PRIMARY KEY,
    msisdn     TEXT NOT NULL UNIQUE,
    name       TEXT,
    language   TEXT,
    zone       TEXT,
    accounts   INTEGER NOT NULL,
    facts      TEXT NOT NULL,
    updated_at INTEGER NOT NULL
) STRICT;

-- Append only: what a number is out of follows from its rows in order.
CREATE TABLE consent (
    id         INTEGER PRIMARY KEY,
    msisdn     TEXT NOT NULL,
    categories TEXT NOT NULL,
    granted    INTEGER NOT NULL,
    pending    INTEGER NOT NULL,
    source     TEXT NOT NULL,
    proof      TEXT NOT NULL,
    shown      TEXT,
    sim        TEXT,
    flow       TEXT,
    revision   INTEGER,
    session    TEXT,
    noted_by   TEXT,
    message_n  INTEGER NOT NULL,
    at         INTEGER NOT NULL
) STRICT;
CREATE INDEX consent_of ON consent (msisdn, id);

-- Append only: each row's chain is a hash over the row before and itself.
CREATE TABLE audit (
    n       INTEGER PRIMARY KEY,
    at      INTEGER NOT NULL,
    who     TEXT NOT NULL,
    action  TEXT NOT NULL,
    subject TEXT NOT NULL,
    detail  TEXT NOT NULL,
    chain   TEXT NOT NULL
) STRICT;

CREATE TABLE agent_hold (
    msisdn    TEXT PRIMARY KEY,
    who       TEXT NOT NULL,
    queue     TEXT NOT NULL,
    taken_at  INTEGER NOT NULL,
    active_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Who last closed a thread they held: for a while, what the person writes next goes to their queue.
CREATE TABLE thread_closed (
    msisdn TEXT PRIMARY KEY,
    who    TEXT NOT NULL,
    queue  TEXT NOT NULL,
    at     INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- What staff wrote beside a conversation: it is never texted.
CREATE TABLE note (
    id      INTEGER PRIMARY KEY,
    msisdn  TEXT NOT NULL,
    session TEXT REFERENCES session (id),
    who     TEXT NOT NULL,
    text    TEXT NOT NULL,
    at      INTEGER NOT NULL
) STRICT;
CREATE INDEX note_of ON note (msisdn, id);

CREATE TABLE session (
    n          INTEGER PRIMARY KEY,
    id         TEXT NOT NULL UNIQUE,
    flow       TEXT NOT NULL,
    revision   INTEGER NOT NULL,
    key        TEXT,
    lane       TEXT NOT NULL,
    people     TEXT NOT NULL,
    language   TEXT NOT NULL,
    sim        TEXT,
    step       TEXT NOT NULL,
    visit      INTEGER NOT NULL,
    slots      TEXT NOT NULL,
    state      TEXT NOT NULL,
    result     TEXT,
    opened_at  INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    ended_at   INTEGER,
    ended_by   TEXT
) STRICT;
CREATE UNIQUE INDEX session_twin ON session (flow, key) WHERE key IS NOT NULL AND state IN ('opening', 'asked');
CREATE INDEX session_open ON session (n) WHERE state IN ('opening', 'asked');
CREATE INDEX session_ended ON session (ended_at) WHERE ended_at IS NOT NULL;

CREATE TABLE participant (
    session TEXT NOT NULL REFERENCES session (id),
    msisdn  TEXT NOT NULL,
    PRIMARY KEY (msisdn, session)
) STRICT, WITHOUT ROWID;

CREATE TABLE question (
    id           INTEGER PRIMARY KEY,
    session      TEXT NOT NULL REFERENCES session (id),
    visit        INTEGER NOT NULL,
    step         TEXT NOT NULL,
    msisdn       TEXT NOT NULL,
    sim          TEXT,
    accepted_at  INTEGER,
    delivered_at INTEGER,
    tag          INTEGER,
    code         TEXT,
    state        TEXT NOT NULL,
    asked_again  INTEGER NOT NULL,
    proposed     TEXT,
    keep_until   INTEGER,
    held_until   INTEGER,
    created_at   INTEGER NOT NULL,
    closed_at    INTEGER,
    text         TEXT NOT NULL
) STRICT;
CREATE INDEX question_heard ON question (msisdn, id) WHERE state IN ('held', 'waiting', 'kept');
CREATE INDEX question_waiting ON question (id) WHERE state = 'waiting';
CREATE INDEX question_closed ON question (msisdn, closed_at) WHERE closed_at IS NOT NULL;
CREATE INDEX question_tagged ON question (msisdn, created_at) WHERE tag IS NOT NULL;
CREATE INDEX question_of_session ON question (session, visit);

CREATE TABLE held_answer (
    msisdn  TEXT PRIMARY KEY,
    text    TEXT NOT NULL,
    stamp   INTEGER NOT NULL,
    offered TEXT NOT NULL,
    until   INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE timer (
    id       INTEGER PRIMARY KEY,
    session  TEXT NOT NULL REFERENCES session (id),
    visit    INTEGER NOT NULL,
    kind     TEXT NOT NULL,
    nth      INTEGER NOT NULL,
    due_at   INTEGER,
    after_ms INTEGER,
    UNIQUE (session, visit, kind, nth)
) STRICT;
CREATE INDEX timer_due ON timer (due_at) WHERE due_at IS NOT NULL;
CREATE INDEX timer_order ON timer (due_at / 1000, kind <> 'expires', due_at, id) WHERE due_at IS NOT NULL;

CREATE TABLE calling (
    id         INTEGER PRIMARY KEY,
    session    TEXT NOT NULL REFERENCES session (id),
    step       TEXT NOT NULL,
    visit      INTEGER NOT NULL,
    endpoint   TEXT NOT NULL,
    read       INTEGER NOT NULL,
    body       TEXT NOT NULL,
    state      TEXT NOT NULL,
    detail     TEXT,
    queued_at  INTEGER NOT NULL,
    started_at INTEGER,
    ended_at   INTEGER,
    lookups    INTEGER NOT NULL,
    told       INTEGER NOT NULL,
    due_at     INTEGER,
    UNIQUE (session, step, visit)
) STRICT;
CREATE INDEX calling_open ON calling (state, id) WHERE state IN ('queued', 'calling', 'unknown');
CREATE INDEX calling_of_endpoint ON calling (endpoint, id);

CREATE TABLE link (
    token_sha256 TEXT PRIMARY KEY,
    session      TEXT NOT NULL REFERENCES session (id),
    visit        INTEGER NOT NULL,
    page         TEXT NOT NULL,
    show         TEXT NOT NULL,
    fills        TEXT NOT NULL,
    made_at      INTEGER NOT NULL,
    expires_at   INTEGER NOT NULL,
    used_at      INTEGER
) STRICT, WITHOUT ROWID;
CREATE INDEX link_of_session ON link (session);

CREATE TABLE task (
    n          INTEGER PRIMARY KEY,
    id         TEXT NOT NULL UNIQUE,
    kind       TEXT NOT NULL,
    queue      TEXT NOT NULL,
    urgent     INTEGER NOT NULL,
    note       TEXT NOT NULL,
    session    TEXT REFERENCES session (id),
    msisdn     TEXT,
    due_at     INTEGER,
    created_at INTEGER NOT NULL,
    closed_at  INTEGER,
    closed_by  TEXT
) STRICT;
CREATE INDEX task_of_session ON task (session) WHERE session IS NOT NULL;
CREATE INDEX task_open ON task (n) WHERE closed_at IS NULL;

CREATE TABLE message (
    n              INTEGER PRIMARY KEY,
    id             TEXT NOT NULL UNIQUE,
    msisdn         TEXT NOT NULL,
    text           TEXT NOT NULL,
    purpose        TEXT NOT NULL,
    category       TEXT NOT NULL,
    policy         TEXT NOT NULL,
    rank           INTEGER NOT NULL,
    sim            TEXT,
    sim_only       INTEGER NOT NULL,
    session        TEXT REFERENCES session (id),
    question       INTEGER REFERENCES question (id),
    state          TEXT NOT NULL,
    encoding       TEXT NOT NULL,
    parts          INTEGER NOT NULL,
    reference      INTEGER NOT NULL,
    replaces       INTEGER,
    class          INTEGER,
    report         INTEGER NOT NULL,
    possibly_twice INTEGER NOT NULL,
    tags           TEXT NOT NULL,
    source         TEXT NOT NULL,
    rule           INTEGER,
    not_before     INTEGER,
    expires_at     INTEGER,
    created_at     INTEGER NOT NULL,
    accepted_at    INTEGER,
    accepted_sim   TEXT,
    submitted_at   INTEGER,
    delivered_at   INTEGER,
    ended_at       INTEGER,
    reason         TEXT
) STRICT;
CREATE INDEX message_of ON message (msisdn, n);
CREATE INDEX message_sent ON message (msisdn, accepted_at) WHERE accepted_at IS NOT NULL;
CREATE INDEX message_of_session ON message (session) WHERE session IS NOT NULL;
CREATE INDEX message_of_question ON message (question) WHERE question IS NOT NULL;
CREATE INDEX message_unsent ON message (expires_at) WHERE state IN ('accepted', 'queued');
CREATE INDEX message_begun ON message (expires_at) WHERE state IN ('sending', 'in_doubt', 'parked');
CREATE INDEX message_unreported ON message (expires_at) WHERE state = 'submitted';
CREATE INDEX message_doubt ON message (n) WHERE state IN ('in_doubt', 'parked');

CREATE TABLE part (
    message        TEXT NOT NULL REFERENCES message (id),
    seq            INTEGER NOT NULL,
    n              INTEGER NOT NULL,
    msisdn         TEXT NOT NULL,
    rank           INTEGER NOT NULL,
    wish           TEXT,
    pdu            BLOB NOT NULL,
    state          TEXT NOT NULL,
    due_at         INTEGER NOT NULL,
    deferred       INTEGER NOT NULL,
    queued_at      INTEGER NOT NULL,
    -- Which caps of a SIM do not hold it back.
    passes         TEXT NOT NULL,
    claimed_sim    TEXT,
    claimed_at     INTEGER,
    attempts       INTEGER NOT NULL,
    refusals       INTEGER NOT NULL,
    possibly_twice INTEGER NOT NULL,
    sim            TEXT,
    mr             INTEGER,
    submitted_at   INTEGER,
    delivered_at   INTEGER,
    error          INTEGER,
    reason         TEXT,
    -- The reference it is to carry, and whether the centre is to refuse a second one with it.
    mr_given       INTEGER,
    no_duplicate   INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (message, seq)
) STRICT, WITHOUT ROWID;
-- One lane for each SIM that is asked for: parts that wait for a dead SIM hide nobody else's. What is deferred waits for its
-- time beside the lanes, so that nobody walks past it.
CREATE INDEX part_queue ON part (wish, rank, queued_at, n, seq) WHERE state = 'queued' AND deferred = 0;
-- What may leave on a SIM at its cap, and would stand behind all that may not.
CREATE INDEX part_passing ON part (wish, rank, queued_at, n, seq)
    WHERE state = 'queued' AND deferred = 0 AND passes <> 'none' AND rank > 2;
CREATE INDEX part_deferred ON part (due_at) WHERE state = 'queued' AND deferred = 1;
CREATE INDEX part_held ON part (state, due_at) WHERE state IN ('claimed', 'in_doubt', 'parked');
CREATE INDEX part_reported ON part (sim, mr, submitted_at) WHERE state = 'submitted';

CREATE TABLE attempt (
    id          INTEGER PRIMARY KEY,
    message     TEXT NOT NULL,
    seq         INTEGER NOT NULL,
    sim         TEXT NOT NULL,
    modem       TEXT NOT NULL,
    state       TEXT NOT NULL,
    mr_expected INTEGER,
    mr          INTEGER,
    again       INTEGER NOT NULL,
    mr_given     INTEGER,
    no_duplicate INTEGER NOT NULL DEFAULT 0,
    pdu_sha256  TEXT NOT NULL,
    at          INTEGER NOT NULL,
    settled_at  INTEGER,
    reason      TEXT,
    FOREIGN KEY (message, seq) REFERENCES part (message, seq)
) STRICT;
CREATE UNIQUE INDEX attempt_one_open ON attempt (sim) WHERE state = 'attempting';
CREATE INDEX attempt_of_part ON attempt (message, seq);
CREATE INDEX attempt_doubt ON attempt (sim, id) WHERE state = 'in_doubt';
CREATE INDEX attempt_reported ON attempt (sim, mr, id) WHERE state = 'submitted';

CREATE TABLE evidence (
    id      INTEGER PRIMARY KEY,
    message TEXT NOT NULL REFERENCES message (id),
    seq     INTEGER,
    attempt INTEGER REFERENCES attempt (id),
    kind    TEXT NOT NULL,
    raw     TEXT NOT NULL,
    at      INTEGER NOT NULL
) STRICT;
CREATE INDEX evidence_of ON evidence (message, id);

CREATE TABLE report (
    id          INTEGER PRIMARY KEY,
    sim         TEXT NOT NULL,
    mr          INTEGER NOT NULL,
    ra          TEXT NOT NULL,
    scts        INTEGER,
    discharged  INTEGER,
    st          INTEGER NOT NULL,
    shown       INTEGER NOT NULL,
    hex         TEXT NOT NULL UNIQUE,
    received_at INTEGER NOT NULL,
    message     TEXT REFERENCES message (id),
    seq         INTEGER
) STRICT;
CREATE INDEX report_unmatched ON report (sim, mr, received_at) WHERE message IS NULL;

CREATE TABLE inbound (
    id          INTEGER PRIMARY KEY,
    msisdn      TEXT,
    sender      TEXT NOT NULL,
    sim         TEXT NOT NULL,
    text        TEXT NOT NULL,
    hex         TEXT,
    scts        INTEGER,
    offset_ms   INTEGER NOT NULL,
    samples     INTEGER NOT NULL,
    received_at INTEGER NOT NULL,
    live        INTEGER NOT NULL,
    parts_have  INTEGER NOT NULL,
    parts_total INTEGER NOT NULL,
    redelivered INTEGER NOT NULL,
    rule        INTEGER,
    outcome     TEXT,
    session     TEXT REFERENCES session (id),
    question    INTEGER REFERENCES question (id),
    answer      TEXT,
    why         TEXT NOT NULL,
    candidates  TEXT NOT NULL,
    danger      INTEGER NOT NULL
) STRICT;
CREATE INDEX inbound_of ON inbound (msisdn, id) WHERE msisdn IS NOT NULL;
CREATE INDEX inbound_of_session ON inbound (session) WHERE session IS NOT NULL;

CREATE TABLE inbound_part (
    id          INTEGER PRIMARY KEY,
    seen_key    TEXT NOT NULL UNIQUE,
    sim         TEXT NOT NULL,
    sender      TEXT NOT NULL,
    smsc        TEXT,
    scts        INTEGER,
    hex         TEXT NOT NULL,
    reference   INTEGER,
    wide        INTEGER NOT NULL,
    total       INTEGER NOT NULL,
    seq         INTEGER NOT NULL,
    received_at INTEGER NOT NULL,
    live        INTEGER NOT NULL,
    redelivered INTEGER NOT NULL,
    seen_at     INTEGER NOT NULL,
    danger      INTEGER NOT NULL,
    join_due    INTEGER,
    inbound     INTEGER REFERENCES inbound (id)
) STRICT;
CREATE INDEX inbound_part_set ON inbound_part (sender, reference, total, id) WHERE total > 1;
CREATE INDEX inbound_part_join ON inbound_part (join_due) WHERE join_due IS NOT NULL;
CREATE INDEX inbound_part_of ON inbound_part (inbound) WHERE inbound IS NOT NULL;

CREATE TABLE event (
    seq     INTEGER PRIMARY KEY,
    id      TEXT NOT NULL,
    at      INTEGER NOT NULL,
    kind    TEXT NOT NULL,
    subject TEXT NOT NULL,
    msisdn  TEXT,
    session TEXT,
    data    TEXT NOT NULL
) STRICT;
CREATE INDEX event_of_session ON event (session, seq) WHERE session IS NOT NULL;

CREATE TABLE cursor (
    reader TEXT PRIMARY KEY,
    seq    INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE webhook (
    id              TEXT PRIMARY KEY,
    name            TEXT NOT NULL,
    url             TEXT NOT NULL,
    events          TEXT NOT NULL,
    secret          TEXT NOT NULL,
    previous_secret TEXT,
    previous_until  INTEGER,
    allow_private   INTEGER NOT NULL,
    enabled         INTEGER NOT NULL,
    cursor          INTEGER NOT NULL,
    created_at      INTEGER NOT NULL,
    removed_at      INTEGER
) STRICT;

CREATE TABLE delivery (
    id           INTEGER PRIMARY KEY,
    webhook      TEXT NOT NULL REFERENCES webhook (id),
    seq          INTEGER NOT NULL REFERENCES event (seq),
    conversation TEXT NOT NULL,
    state        TEXT NOT NULL,
    attempts     INTEGER NOT NULL,
    first_at     INTEGER NOT NULL,
    due_at       INTEGER NOT NULL,
    last_at      INTEGER,
    last_status  INTEGER,
    last_error   TEXT,
    head         INTEGER NOT NULL,
    UNIQUE (webhook, seq)
) STRICT;
CREATE INDEX delivery_of_webhook ON delivery (webhook, id);
CREATE INDEX delivery_dead ON delivery (webhook) WHERE state = 'dead';
CREATE INDEX delivery_waiting ON delivery (webhook, conversation, seq) WHERE state = 'waiting';
CREATE UNIQUE INDEX delivery_head ON delivery (webhook, conversation) WHERE head = 1;
CREATE INDEX delivery_due ON delivery (webhook, due_at) WHERE head = 1;

CREATE TABLE modem (
    name          TEXT PRIMARY KEY,
    port          TEXT NOT NULL,
    reject_calls  INTEGER NOT NULL,
    state         TEXT NOT NULL,
    code          TEXT,
    words         TEXT,
    imei          TEXT,
    iccid         TEXT,
    imsi          TEXT,
    manufacturer  TEXT,
    model         TEXT,
    firmware      TEXT,
    smsc          TEXT,
    signal_dbm    INTEGER,
    registration  INTEGER,
    operator      TEXT,
    storage_used  INTEGER,
    storage_total INTEGER,
    ready_since   INTEGER,
    -- The network's time beside the box's clock.
    clock_ahead_ms  INTEGER,
    clock_heard_at  INTEGER,
    clock_untrusted INTEGER NOT NULL,
    -- Its stay in the table of places.
    place         INTEGER,
    supply_at     INTEGER,
    -- In baud, where it was found by trying.
    line_speed    INTEGER,
    changed_at    INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE recovery (
    n        INTEGER PRIMARY KEY,
    imei     TEXT NOT NULL,
    model    TEXT NOT NULL,
    rung     TEXT NOT NULL,
    ailment  TEXT NOT NULL,
    at       INTEGER NOT NULL,
    ended_at INTEGER,
    outcome  TEXT
) STRICT;
CREATE INDEX recovery_of_modem ON recovery (imei, n);
CREATE INDEX recovery_open ON recovery (imei) WHERE outcome IS NULL;

CREATE TABLE rung_record (
    model  TEXT NOT NULL,
    rung   TEXT NOT NULL,
    mended INTEGER NOT NULL,
    failed INTEGER NOT NULL,
    harmed INTEGER NOT NULL,
    PRIMARY KEY (model, rung)
) STRICT, WITHOUT ROWID;

CREATE TABLE sim (
    iccid        TEXT PRIMARY KEY,
    mr_last      INTEGER,
    sent_at      INTEGER,
    received_at  INTEGER,
    submitted    INTEGER NOT NULL,
    doubts       INTEGER NOT NULL,
    received     INTEGER NOT NULL,
    minute_until INTEGER NOT NULL,
    minute_parts INTEGER NOT NULL,
    day_until    INTEGER NOT NULL,
    day_parts    INTEGER NOT NULL,
    day_people   INTEGER NOT NULL,
    month_until  INTEGER NOT NULL,
    month_parts  INTEGER NOT NULL,
    held_by      TEXT,
    held_until   INTEGER,
    number       TEXT,
    no_validity  INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- SIMs that no modem can send with, since when, and when what has begun on them is looked at next.
CREATE TABLE sim_away (
    iccid   TEXT PRIMARY KEY,
    since   INTEGER NOT NULL,
    look_at INTEGER
) STRICT, WITHOUT ROWID;

-- Of a SIM where its ICCID is known, else of a modem, else of whatever has that name.
CREATE TABLE sim_pin (
    n      INTEGER PRIMARY KEY,
    iccid  TEXT,
    imei   TEXT,
    modem  TEXT NOT NULL,
    pin    TEXT NOT NULL,
    set_at INTEGER NOT NULL
) STRICT;

CREATE TABLE pin_attempt (
    iccid      TEXT NOT NULL,
    pin_sha256 TEXT NOT NULL,
    at         INTEGER NOT NULL,
    PRIMARY KEY (iccid, pin_sha256)
) STRICT, WITHOUT ROWID;

-- Calls that came in.
CREATE TABLE call_in (
    id       INTEGER PRIMARY KEY,
    modem    TEXT NOT NULL,
    iccid    TEXT NOT NULL,
    msisdn   TEXT,
    withheld INTEGER NOT NULL,
    rings    INTEGER NOT NULL,
    rejected INTEGER NOT NULL,
    at       INTEGER NOT NULL
) STRICT;

-- Telephones that are rung, a row for each call: it is `calling` on disk before a modem dials, and nobody is dialed twice for one row.
-- Rows of one `list` follow each other.
CREATE TABLE ring (
    id             INTEGER PRIMARY KEY,
    list           INTEGER NOT NULL,
    msisdn         TEXT NOT NULL,
    source         TEXT NOT NULL,
    session        TEXT REFERENCES session (id),
    ring_s         INTEGER NOT NULL,
    pause_s        INTEGER NOT NULL,
    sim            TEXT,
    until_answered INTEGER NOT NULL,
    state          TEXT NOT NULL,
    due_at         INTEGER NOT NULL,
    expires_at     INTEGER NOT NULL,
    refusals       INTEGER NOT NULL,
    not_on         TEXT,
    unwanted       INTEGER NOT NULL,
    modem          TEXT,
    iccid          TEXT,
    rang           INTEGER NOT NULL,
    why            TEXT,
    ordered_at     INTEGER NOT NULL,
    dialed_at      INTEGER,
    ended_at       INTEGER
) STRICT;
CREATE INDEX ring_open ON ring (id) WHERE state IN ('waiting', 'calling');
CREATE INDEX ring_list ON ring (list, id);
CREATE INDEX ring_of ON ring (msisdn, dialed_at) WHERE dialed_at IS NOT NULL;
CREATE INDEX ring_of_session ON ring (session) WHERE session IS NOT NULL;
CREATE INDEX ring_left ON ring (modem, ended_at) WHERE state = 'in_doubt';

-- What was learned of the voice service of a SIM.
CREATE TABLE sim_voice (
    iccid    TEXT PRIMARY KEY,
    works    INTEGER NOT NULL,
    none     INTEGER NOT NULL,
    failures INTEGER NOT NULL,
    why      TEXT,
    at       INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Where modems were registered: a row for each stay at a cell.
CREATE TABLE place (
    n            INTEGER PRIMARY KEY,
    modem        TEXT NOT NULL,
    iccid        TEXT,
    registration INTEGER NOT NULL,
    operator     TEXT,
    area         INTEGER,
    cell         INTEGER,
    access       INTEGER,
    since        INTEGER NOT NULL,
    seen_at      INTEGER NOT NULL,
    visits       INTEGER NOT NULL,
    low          INTEGER,
    high         INTEGER
) STRICT;
CREATE INDEX place_modem ON place (modem, n);

-- The weakest and the strongest signal of ten minutes, for a week.
CREATE TABLE signal (
    modem TEXT NOT NULL,
    at    INTEGER NOT NULL,
    low   INTEGER NOT NULL,
    high  INTEGER NOT NULL,
    PRIMARY KEY (modem, at)
) STRICT, WITHOUT ROWID;

-- The signal of a day, for ten years. `day` counts from 1970-01-01 in the zone of the settings; the mean is sum / readings.
CREATE TABLE signal_day (
    modem    TEXT NOT NULL,
    day      INTEGER NOT NULL,
    low      INTEGER NOT NULL,
    high     INTEGER NOT NULL,
    sum      INTEGER NOT NULL,
    readings INTEGER NOT NULL,
    PRIMARY KEY (modem, day)
) STRICT, WITHOUT ROWID;

-- Proof of life of SIMs, where the settings ask for it.
CREATE TABLE life (
    iccid     TEXT PRIMARY KEY,
    token     TEXT,
    message   TEXT,
    asked_at  INTEGER,
    awaited   INTEGER NOT NULL,
    missing   INTEGER NOT NULL,
    proved_at INTEGER,
    due_at    INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Self-tests of SIMs in modems: what is to be done next, and what was seen as JSON. `look` asks the modem before anything else.
CREATE TABLE selftest (
    id       INTEGER PRIMARY KEY,
    modem    TEXT NOT NULL,
    imei     TEXT NOT NULL,
    iccid    TEXT NOT NULL,
    number   TEXT,
    asker    TEXT NOT NULL,
    token    TEXT NOT NULL UNIQUE,
    state    TEXT NOT NULL,
    look     INTEGER NOT NULL,
    first    TEXT,
    second   TEXT,
    findings TEXT NOT NULL,
    why      TEXT,
    asked_at INTEGER NOT NULL,
    due_at   INTEGER NOT NULL,
    ended_at INTEGER
) STRICT;
CREATE INDEX selftest_of ON selftest (iccid, imei, id);
CREATE INDEX selftest_of_modem ON selftest (modem, id);
CREATE INDEX selftest_open ON selftest (due_at) WHERE ended_at IS NULL;

-- Exchanges by USSD. `waiting` was not given to a modem yet; `asking` may have gone out.
CREATE TABLE ussd (
    id       INTEGER PRIMARY KEY,
    modem    TEXT NOT NULL,
    iccid    TEXT,
    asker    TEXT NOT NULL,
    kind     TEXT NOT NULL,
    asked    TEXT NOT NULL,
    state    TEXT NOT NULL,
    answer   TEXT,
    why      TEXT,
    tries    INTEGER NOT NULL,
    asked_at INTEGER NOT NULL,
    ended_at INTEGER
) STRICT;
CREATE INDEX ussd_of_modem ON ussd (modem, id);
CREATE INDEX ussd_open ON ussd (state, id) WHERE state IN ('waiting', 'asking');

-- How the balance of a SIM is asked for, and what was read last, in hundredths.
CREATE TABLE balance (
    iccid         TEXT PRIMARY KEY,
    code          TEXT NOT NULL,
    pattern       TEXT NOT NULL,
    warn          INTEGER,
    critical      INTEGER,
    every_minutes INTEGER NOT NULL,
    next_at       INTEGER NOT NULL,
    amount        INTEGER,
    read_at       INTEGER,
    level         TEXT NOT NULL,
    problem       TEXT
) STRICT, WITHOUT ROWID;

CREATE TABLE smsc_clock (
    smsc      TEXT PRIMARY KEY,
    offset_ms INTEGER NOT NULL,
    samples   INTEGER NOT NULL,
    recent    TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- What has happened how often, for /metrics.
CREATE TABLE tally (
    name  TEXT NOT NULL,
    label TEXT NOT NULL,
    n     INTEGER NOT NULL,
    PRIMARY KEY (name, label)
) STRICT, WITHOUT ROWID;
