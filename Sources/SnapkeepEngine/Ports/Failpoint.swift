/// The places where a test may kill the program: each side of each durable step.
public enum Failpoint: String, CaseIterable, Sendable {
    case beforeIntent = "before-intent"
    case afterIntent = "after-intent"
    case beforePost = "before-post"
    case afterAnswer = "after-answer"
    case afterRecord = "after-record"
    case beforeDelete = "before-delete"
    case afterDelete = "after-delete"
    case beforeJournalFsync = "before-journal-fsync"
    case afterJournalFsync = "after-journal-fsync"
    case beforeFirstState = "before-first-state"
    case afterFirstState = "after-first-state"
    case afterBegin = "after-begin"
    case beforeCheckpoint = "before-checkpoint"
    case afterTemporaryFile = "after-temporary-file"
    case afterBackup = "after-backup"
    case afterRename = "after-rename"
    case afterHistory = "after-history"
    case afterCheckpoint = "after-checkpoint"
}

/// Called at each failpoint; it does nothing outside of tests.
public struct Failpoints: Sendable {
    /// Receives the place that was reached.
    public let hit: @Sendable (Failpoint) -> Void

    /// Failpoints that call `hit`.
    public init(hit: @escaping @Sendable (Failpoint) -> Void) { self.hit = hit }

    /// Failpoints that do nothing.
    public static let inert = Failpoints { _ in }
}
