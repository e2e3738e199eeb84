import SnapkeepCore
import SnapkeepEngine

/// Which snapshots of a project a generated manifest lists.
struct SnapshotSelection: Hashable, Sendable {
    /// `nil`: of any volume.
    var volumes: Set<VolumeID>?
    /// `nil`: of any name.
    var name: GlobPattern?
    /// Each must be on the snapshot.
    var metadata: [Metadata.Entry] = []

    /// How many of those that were asked for are not listed, and why.
    struct LeftOut: Hashable, Sendable {
        var stamped = 0
        var madeByServer = 0
        /// In `error`, or going away.
        var unusable = 0

        /// `2 with a snapkeep stamp, kept already`: those above zero.
        var words: [String] {
            [
                (stamped, "with a snapkeep stamp, kept already"), (madeByServer, "made by the cloud's backup service"),
                (unusable, "in status error or going away"),
            ].filter { $0.0 > 0 }.map { "\($0.0) \($0.1)" }
        }
    }

    func asksFor(_ snapshot: ObservedSnapshot) -> Bool {
        if let volumes, !volumes.contains(snapshot.volumeID) { return false }
        if let name, !name.matches(snapshot.name ?? "") { return false }
        return metadata.allSatisfy { snapshot.metadata[$0.key] == $0.value }
    }

    /// Whether the snapshot is to be listed; what is asked for and cannot be adopted is counted.
    func takes(_ snapshot: ObservedSnapshot, _ leftOut: inout LeftOut) -> Bool {
        guard asksFor(snapshot) else { return false }
        if snapshot.isServerMade {
            leftOut.madeByServer += 1
        } else if snapshot.isStamped {
            leftOut.stamped += 1
        } else {
            switch snapshot.status {
            case .error, .deleting, .errorDeleting: leftOut.unusable += 1
            case .available, .creating, .rollingBack, .backingUp, .restoring, .other: return true
            }
        }
        return false
    }
}

/// A pattern in which `*` stands for any text and `?` for one character.
struct GlobPattern: Hashable, Sendable {
    private let pattern: [Character]

    init(_ text: String) { pattern = Array(text) }

    /// Whether the whole text fits. Goes back to the last star only, so the time is at most the product of both lengths.
    func matches(_ text: String) -> Bool {
        let text = Array(text)
        var (position, place) = (0, 0)
        var star: (place: Int, position: Int)?
        while position < text.count {
            if place < pattern.count, pattern[place] == "*" {
                star = (place, position)
                place += 1
            } else if place < pattern.count, pattern[place] == "?" || pattern[place] == text[position] {
                place += 1
                position += 1
            } else if let last = star {
                star = (last.place, last.position + 1)
                (place, position) = (last.place + 1, last.position + 1)
            } else {
                return false
            }
        }
        return pattern[place...].allSatisfy { $0 == "*" }
    }
}
