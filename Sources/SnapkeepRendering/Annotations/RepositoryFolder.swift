/// Where in a repository a command runs: code hosts name files by the repository's root, people by the folder that they are in.
package struct RepositoryFolder: Hashable, Sendable {
    /// The folder's parts below the root; empty in the root.
    private let parts: [Substring]
    private let root: String?

    /// - Parameters:
    ///   - folder: the working folder, as an absolute path.
    ///   - root: the repository's root, as an absolute path; `nil` where nothing tells it: then the working folder counts as the root.
    package init(_ folder: String, root: String?) {
        guard let root, let parts = Self.parts(of: folder, below: root) else {
            (self.parts, self.root) = ([], folder)
            return
        }
        (self.parts, self.root) = (parts, root)
    }

    /// The path of a file by the root; `nil` for standard input. A file outside of the repository keeps its name.
    package func path(of name: String) -> String? {
        if name.hasPrefix("<") || name.isEmpty { return nil }
        if name.hasPrefix("/") {
            guard let root, let parts = Self.parts(of: name, below: root) else { return name }
            return parts.joined(separator: "/")
        }
        var result = parts
        for part in name.split(separator: "/") where part != "." {
            if part != ".." {
                result.append(part)
            } else if result.popLast() == nil {
                return name
            }
        }
        return result.joined(separator: "/")
    }

    private static func parts(of path: String, below root: String) -> [Substring]? {
        let (path, root) = (path.split(separator: "/"), root.split(separator: "/"))
        return path.starts(with: root) ? Array(path.dropFirst(root.count)) : nil
    }
}
