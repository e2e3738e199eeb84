/// How much history a state in a service keeps: the newest lines. Over HTTP every write sends them again, and a cluster of etcd holds the
/// histories of thousands of stacks.
///
/// A run each night fills 500 lines in more than a year.
enum HistoryBounds {
    /// No more lines are kept.
    static let lines = 500
    /// So many bytes, unless the newest line alone is longer.
    static let bytes = 512 << 10
}
