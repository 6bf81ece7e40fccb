//! Sabotages: each breaks one rule in the rig's own copy of the shell, so that it is seen whether the invariants would notice.

/// One sabotage.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Mutation {
    /// A text is deleted from its SIM before it is on disk.
    DeleteBeforeCommit,
    /// A client is told 202 before the message is on disk.
    AnswerBeforeCommit,
    /// The PDU goes out before its attempt is on disk.
    SendBeforeCommit,
    /// An attempt in doubt is taken for one that was never made.
    ResendInDoubt,
    /// A restart does not look at open attempts.
    ForgetOpenAttempts,
    /// A restart posts again what was being posted.
    RepostFromCalling,
}

impl Mutation {
    /// Every one.
    pub const ALL: &'static [Self] = &[
        Self::DeleteBeforeCommit,
        Self::AnswerBeforeCommit,
        Self::SendBeforeCommit,
        Self::ResendInDoubt,
        Self::ForgetOpenAttempts,
        Self::RepostFromCalling,
    ];
}
