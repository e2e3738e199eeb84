import Glibc
import SnapkeepCore
import SnapkeepEngine

/// The clocks and the chance of this machine.
enum SystemTime {
    /// The wall clock.
    static func now() -> Timestamp { Timestamp(microseconds: read(CLOCK_REALTIME)) }

    /// Time since the machine started, never set back; it goes on while the machine sleeps, as the waits do.
    static func elapsed() -> Duration { .microseconds(read(CLOCK_BOOTTIME)) }

    /// Which boot `elapsed` counts from; `nil` where the kernel does not say. A process in a time namespace counts from another start.
    static let boot: BootID? = {
        guard let id = firstLine(of: "/proc/sys/kernel/random/boot_id") else { return nil }
        var target = [CChar](repeating: 0, count: 64)
        guard readlink("/proc/self/ns/time", &target, target.count - 1) > 0 else { return BootID(id) }
        let namespace = target.map(UInt8.init(bitPattern:)).filter { (0x30...0x39).contains($0) }
        return BootID(id + ":" + String(decoding: namespace, as: UTF8.self))
    }()

    private static func firstLine(of path: String) -> String? {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var bytes = [UInt8](repeating: 0, count: 128)
        let count = Glibc.read(descriptor, &bytes, bytes.count)
        return count > 0 ? String(decoding: bytes[..<count].prefix { $0 != 0x0A }, as: UTF8.self) : nil
    }

    private static func read(_ clock: clockid_t) -> Int64 {
        var time = timespec()
        clock_gettime(clock, &time)
        return Int64(time.tv_sec) * 1_000_000 + Int64(time.tv_nsec) / 1000
    }

    /// The engine's view of this machine.
    static func engineEnvironment(failpoints: Failpoints) -> EngineEnvironment {
        EngineEnvironment(
            now: now, elapsed: elapsed, boot: boot, sleep: { try await Task.sleep(for: $0, clock: .continuous) },
            makeAttempt: { AttemptID(randomUUID())! }, chance: { Double.random(in: 0..<1) }, failpoints: failpoints)
    }
}

/// A random UUID (version 4) in canonical form.
func randomUUID() -> String { canonicalUUIDText((0..<16).map { _ in UInt8.random(in: .min ... .max) }, version: 4) }

/// The canonical form of 16 bytes, with version and variant put in.
func canonicalUUIDText(_ given: [UInt8], version: UInt8) -> String {
    var bytes = given
    bytes[6] = bytes[6] & 0x0F | version << 4
    bytes[8] = bytes[8] & 0x3F | 0x80
    let digits = Array("0123456789abcdef".utf8)
    var text: [UInt8] = []
    for (index, byte) in bytes.enumerated() {
        if [4, 6, 8, 10].contains(index) { text.append(0x2D) }
        text += [digits[Int(byte >> 4)], digits[Int(byte & 15)]]
    }
    return String(decoding: text, as: UTF8.self)
}

/// What this machine calls itself.
func hostName() -> String {
    var name = [CChar](repeating: 0, count: 256)
    guard gethostname(&name, name.count - 1) == 0 else { return "?" }
    return String(decoding: name.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
}

/// Who carries out this run.
func currentRun(command: String, environment: ProcessEnvironment) -> RunInfo {
    let user =
        environment.first(of: ["USER", "LOGNAME"])?.value ?? getpwuid(getuid()).map { String(cString: $0.pointee.pw_name) }
        ?? "uid \(getuid())"
    return RunInfo(
        run: RunID(randomUUID())!, command: command, pid: Int(getpid()), host: hostName(), user: user, startedAt: SystemTime.now(),
        pipeline: pipelinePage(environment))
}

/// The page of the pipeline's job that this run is part of, by the variables of GitLab (docs.gitlab.com/ci/variables/predefined_variables) and
/// of GitHub and what follows it (docs.github.com/actions/reference/variables-reference); `nil` where they name none.
func pipelinePage(_ environment: ProcessEnvironment) -> String? {
    var page = environment.first(of: ["CI_JOB_URL"])?.value
    if page == nil, let server = environment.first(of: ["GITHUB_SERVER_URL"])?.value,
        let repository = environment.first(of: ["GITHUB_REPOSITORY"])?.value, let run = environment.first(of: ["GITHUB_RUN_ID"])?.value
    {
        page = "\(server)/\(repository)/actions/runs/\(run)"
    }
    // It goes into files and messages: nothing but a plain URL does, and none with a password.
    guard let page, page.hasPrefix("https://") || page.hasPrefix("http://"), page.utf8.count <= 500,
        page.utf8.allSatisfy({ (0x21...0x7E).contains($0) }), !page.contains("@"), !page.contains("?")
    else { return nil }
    return page
}
