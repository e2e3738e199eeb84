import Glibc

/// The append-only file of ``StoreEvent`` lines.
///
/// A line is handed to the kernel before the request is answered, so it outlives the process. It is not flushed to the disk:
/// the sandbox does not promise to outlive the machine.
struct DataFile: ~Copyable {
    private let path: String
    private let descriptor: Int32
    private var length: Int64

    private init(path: String, descriptor: Int32) {
        self.path = path
        self.descriptor = descriptor
        length = 0
    }

    /// Opens or creates the file, alone, and gives each whole line to `body`. A torn last line is cut off.
    ///
    /// - Throws: ``SandboxError``, also when another process has the file open.
    static func open(
        path: String, body: (_ line: ArraySlice<UInt8>, _ number: Int) throws(SandboxError) -> Void
    ) throws(SandboxError) -> DataFile {
        let descriptor = openFile(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw SandboxError.dataFile(path: path, operation: "open", errno: errno) }
        var file = DataFile(path: path, descriptor: descriptor)
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else { throw file.fault("lock") }
        let bytes = try file.readAll()
        var start = 0
        var number = 0
        while let end = bytes[start...].firstIndex(of: 0x0A) {
            number += 1
            try body(bytes[start..<end], number)
            start = end + 1
        }
        guard start == bytes.count || ftruncate(descriptor, off_t(start)) == 0 else { throw file.fault("cut the torn last line of") }
        guard lseek(descriptor, off_t(start), SEEK_SET) >= 0 else { throw file.fault("seek in") }
        file.length = Int64(start)
        return file
    }

    deinit {
        close(descriptor)
    }

    /// Whether no line has been written.
    var isEmpty: Bool { length == 0 }

    /// Appends one line. When that fails, the file is as it was.
    mutating func append(_ line: [UInt8]) throws(SandboxError) {
        var written = 0
        while written < line.count {
            let count = line.withUnsafeBytes { write(descriptor, $0.baseAddress! + written, $0.count - written) }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else {
                let failure = fault("write")
                ftruncate(descriptor, off_t(length))
                lseek(descriptor, off_t(length), SEEK_SET)
                throw failure
            }
            written += count
        }
        length += Int64(line.count)
    }

    private func fault(_ operation: String) -> SandboxError {
        SandboxError.dataFile(path: path, operation: operation, errno: errno)
    }

    private func readAll() throws(SandboxError) -> [UInt8] {
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw fault("examine") }
        let size = Int(status.st_size)
        var failed = false
        let bytes = [UInt8](unsafeUninitializedCapacity: size) { buffer, count in
            while count < size {
                let got = pread(descriptor, buffer.baseAddress! + count, size - count, off_t(count))
                if got < 0, errno == EINTR { continue }
                if got <= 0 {
                    failed = got < 0
                    return
                }
                count += got
            }
        }
        guard !failed else { throw fault("read") }
        return bytes
    }
}

private func openFile(_ path: String, _ flags: Int32, _ mode: mode_t) -> Int32 {
    open(path, flags, mode)
}
