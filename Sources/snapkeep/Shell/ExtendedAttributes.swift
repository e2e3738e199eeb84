import CFileAttributes
import Glibc

/// What a file carries beside its bytes and its permissions: access lists, and what people and programs have noted of it (xattr(7)).
enum ExtendedAttributes {
    /// Gives the attributes of one open file to another.
    ///
    /// What the kernel or root keeps by itself (`security.*`, `trusted.*`) is given where that is allowed. A file system without attributes has
    /// none to give.
    ///
    /// - Returns: the problem with one that could not be kept, as `errno` has it; `nil` when all were.
    static func copy(from source: Int32, to target: Int32) -> Int32? {
        let names: [String]
        switch read({ flistxattr(source, $0, $1) }) {
        case .success(let bytes): names = bytes.split(separator: 0).map { String(decoding: $0, as: UTF8.self) }
        case .failure(let problem): return problem.errno == ENOTSUP ? nil : problem.errno
        }
        for name in names {
            let value: [UInt8]
            switch read({ fgetxattr(source, name, $0, $1) }) {
            case .success(let bytes): value = bytes
            // Taken away meanwhile.
            case .failure(let problem) where problem.errno == ENODATA: continue
            case .failure(let problem): return problem.errno
            }
            if fsetxattr(target, name, value, value.count, 0) == 0 { continue }
            let problem = errno
            guard name.hasPrefix("security.") || name.hasPrefix("trusted.") else { return problem }
        }
        return nil
    }

    private struct Problem: Error { var errno: Int32 }

    /// A list or a value, whose length is asked for first; one that has grown since is asked for anew.
    private static func read(_ call: (UnsafeMutableRawPointer?, Int) -> Int) -> Result<[UInt8], Problem> {
        for _ in 0..<10 {
            let length = call(nil, 0)
            if length < 0 { return .failure(Problem(errno: errno)) }
            if length == 0 { return .success([]) }
            var bytes = [UInt8](repeating: 0, count: length)
            let got = bytes.withUnsafeMutableBytes { call($0.baseAddress, $0.count) }
            if got >= 0 { return .success(Array(bytes.prefix(got))) }
            if errno != ERANGE { return .failure(Problem(errno: errno)) }
        }
        return .failure(Problem(errno: ERANGE))
    }
}
