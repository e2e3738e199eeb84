import Glibc
import Synchronization

/// A program in a process, and a process group, of its own.
///
/// In the place of Foundation's `Process`, whose `run` copies each entry of `/proc/self/fd` at its full length: with the descriptors of a
/// thousand tests the last entry ends where its page does, and the test process dies.
final class ChildProcess: Sendable {
    struct NotStarted: Error, CustomStringConvertible {
        let program: String
        let reason: Int32
        var description: String { "cannot start \(program): \(String(cString: strerror(reason)))" }
    }

    let processIdentifier: pid_t
    private let status = Mutex<Int32?>(nil)

    // Functions of the C library that its module for Swift does not show; since glibc 2.34.
    private static let addFolder = dlsym(nil, "posix_spawn_file_actions_addchdir_np").map {
        unsafeBitCast($0, to: (@convention(c) (UnsafeMutablePointer<posix_spawn_file_actions_t>, UnsafePointer<CChar>) -> Int32).self)
    }
    private static let addClosing = dlsym(nil, "posix_spawn_file_actions_addclosefrom_np").map {
        unsafeBitCast($0, to: (@convention(c) (UnsafeMutablePointer<posix_spawn_file_actions_t>, Int32) -> Int32).self)
    }

    /// Starts a program.
    ///
    /// - Parameters:
    ///   - environment: all of it.
    ///   - streams: what its standard input, output and error are; it gets no other descriptor.
    init(
        _ program: String, _ arguments: [String], in folder: String, environment: [String: String], streams: (Int32, Int32, Int32)
    ) throws {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        guard let addFolder = Self.addFolder, let addClosing = Self.addClosing else { throw NotStarted(program: program, reason: ENOSYS) }
        _ = addFolder(&actions, folder)
        for (target, source) in [streams.0, streams.1, streams.2].enumerated() {
            posix_spawn_file_actions_adddup2(&actions, source, Int32(target))
        }
        _ = addClosing(&actions, 3)
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        // Nothing of what the tests ignore or block is ignored or blocked there.
        var (none, all) = (sigset_t(), sigset_t())
        sigemptyset(&none)
        sigfillset(&all)
        posix_spawnattr_setsigmask(&attributes, &none)
        posix_spawnattr_setsigdefault(&attributes, &all)
        posix_spawnattr_setpgroup(&attributes, 0)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP))
        let words = ([program] + arguments).map { strdup($0) } + [nil]
        let variables = environment.map { strdup("\($0.key)=\($0.value)") } + [nil]
        defer { for text in words + variables { free(text) } }
        var id = pid_t()
        let reason = posix_spawn(&id, program, &actions, &attributes, words, variables)
        if reason != 0 { throw NotStarted(program: program, reason: reason) }
        processIdentifier = id
    }

    var isRunning: Bool { waitStatus(WNOHANG) == nil }

    /// What it has ended with; `nil` while it runs, and where a signal has ended it.
    var exitStatus: Int32? {
        guard let status = waitStatus(WNOHANG), status & 0x7F == 0 else { return nil }
        return status >> 8 & 0xFF
    }

    func terminate() { if isRunning { kill(processIdentifier, SIGTERM) } }

    /// Waits until it has ended, however it does.
    func waitUntilExit() {
        var info = siginfo_t()
        // Left as it is: another thread may ask at the same time.
        while waitid(P_PID, id_t(processIdentifier), &info, WEXITED | WNOWAIT) != 0, errno == EINTR {}
        _ = waitStatus(0)
    }

    private func waitStatus(_ options: Int32) -> Int32? {
        status.withLock { status in
            if status != nil { return status }
            var found: Int32 = 0
            var id = waitpid(processIdentifier, &found, options)
            while id < 0, errno == EINTR { id = waitpid(processIdentifier, &found, options) }
            if id == processIdentifier { status = found }
            return status
        }
    }
}
