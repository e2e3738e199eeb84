import SnapkeepCore

extension LockedFiles {
    /// Removes the state and every file that snapkeep keeps beside it, what recoveries have set aside included; the lock file goes last.
    ///
    /// For a state whose snapshots are nobody's any more. Cut off in between, what is left is removed by the next try.
    ///
    /// - Returns: the names of what was removed, without their folder.
    /// - Throws: `StateFault` where a file could not be removed.
    public func removeState() throws(StateFault) -> [String] {
        try keepLock()
        forgetUnfinished(durably: true)
        let folder = parentFolder(of: files.state)
        let base = baseName(of: files.state)
        let aside = try wrap(folder) { () throws(FileFailure) in try system.names(in: folder) }.sorted().filter {
            $0.hasPrefix(base + ".unmerged") || $0.hasPrefix(base + ".damaged-") || $0.hasPrefix(baseName(of: files.journal) + ".damaged-")
        }
        let neighbours = [files.journal, files.backup, files.history].map(baseName)
        var removed: [String] = []
        for name in [base] + neighbours + aside + [baseName(of: files.lock)] {
            let path = folder + "/" + name
            let isThere = try wrap(path) { () throws(FileFailure) in
                guard try system.status(path) != nil else { return false }
                try system.unlink(path)
                return true
            }
            if isThere, path != files.lock { removed.append(name) }
        }
        return removed.filter { $0 != baseName(of: files.lock) }
    }
}
