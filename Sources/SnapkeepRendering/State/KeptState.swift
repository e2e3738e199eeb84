import SnapkeepCore

/// What is told of a state that was set aside when another one was put in its place.
package enum KeptState {
    /// How to bring back what a service keeps itself: a line, or nothing where what is kept are files.
    ///
    /// - Parameter kept: the names under which it is kept, as `LockedState.rebuild` tells them.
    package static func wayBack(to kept: [String]) -> String {
        let end = "/state"
        guard let name = kept.first(where: { ($0.hasPrefix("etcd://") || $0.hasPrefix("etcds://")) && $0.hasSuffix(end) }),
            let folder = name.ranges(of: "/kept/").last
        else { return "" }
        let (place, own) = (String(name[..<folder.lowerBound]), name[folder.upperBound...].dropLast(end.count))
        let command = "snapkeep state pull --kept \(own) --state \(place.quotedForShell) --out former.json"
        return "To bring it back into a file: \(VisibleText.escaped(command))\n"
    }
}
