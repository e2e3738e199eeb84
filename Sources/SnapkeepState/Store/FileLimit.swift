/// How much of a file is read at most, by what the file is: its size is not trusted, for a file of 2 TiB may take no room on the disk.
enum FileLimit {
    /// A state, its backup, a journal or a history, whole. A state of 1,000,000 snapshots has less than a quarter of it.
    static let whole = 2 << 30
    /// A line of text that the kernel writes.
    static let line = 4096
    /// The text of a lock, and the beginning by which a file is known: one page.
    static let page = 4096
}

/// What is wrong with the size of a file.
struct FileExcess: Hashable, Sendable {
    var size: Int
    var limit: Int
}
