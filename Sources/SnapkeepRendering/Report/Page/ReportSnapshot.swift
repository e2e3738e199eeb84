import SnapkeepCore

/// One snapshot in a report: how it stands, and why it stays or goes.
struct ReportSnapshot: Hashable {
    /// How it is drawn. The raw values are the classes of the style sheet.
    enum Mark: String, CaseIterable, Hashable {
        case good = "g"
        /// Others have changed it since it was recorded.
        case changed = "d"
        /// An apply would delete it or let it go.
        case leaving = "l"
        case unfinished = "u"
        /// Failed, or lost.
        case bad = "x"
        /// An apply would make it.
        case planned = "p"
    }

    var key: SnapshotKey
    /// `nil` for what is not there yet.
    var record: SnapshotRecord?
    var mark: Mark
    /// The cloud's word, or what stands for it.
    var state: String
    /// Why it is kept, goes, or is to be made: a sentence with backticks around what is to be typed.
    var reason: String

    /// Whether the snapshot needs somebody.
    var needsAttention: Bool { mark == .bad || mark == .changed }
}
