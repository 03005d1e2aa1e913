/// Bugs that can be planted, to see that each kind is found.
enum Plant: String, CaseIterable {
    /// The disk says that a sync is done before it is: answers leave before their records are durable.
    case answerBeforeSync = "answer-before-sync"
    /// The checksums of what a power cut tore are right: recovery believes it.
    case missingChecksum = "missing-checksum"
    /// Keys are remembered for an hour instead of a day.
    case keyForgotten = "key-forgotten"
    /// The keys in a snapshot are forgotten.
    case keyForgottenInSnapshot = "key-forgotten-in-snapshot"
    /// A request is handed to the server twice.
    case doubleApply = "double-apply"
    /// An event becomes part of a keeper's state once more than it stands in the journal.
    case doubleApplyInKeeper = "double-apply-in-keeper"
    /// The timer of a hold is lost.
    case lostHoldTimer = "lost-hold-timer"
    /// No time passes for the server, so that no deadline ever comes.
    case lostTimer = "lost-timer"
}
