import Glibc
import SnapkeepCore
import SnapkeepState
import Testing

@Suite("The causes behind the system's numbers")
struct FileProblemTests {
    @Test(
        "P9: the numbers that a user's disk and limits give are told apart",
        arguments: [
            (ENOSPC, FileProblem.noSpace), (EDQUOT, .overQuota), (EROFS, .readOnly), (EACCES, .notPermitted), (EPERM, .notPermitted),
            (EMFILE, .tooManyFiles), (ENFILE, .tooManyFilesOnMachine), (EIO, .device), (ESTALE, .networkGone),
            (ENAMETOOLONG, .nameTooLong), (EISDIR, .folder), (ENOTDIR, .notAFolder), (ELOOP, .linkLoop), (ETXTBSY, .runningProgram),
            (EBUSY, .busy), (EFBIG, .tooLarge), (ENOMEM, .noMemory), (ENOLCK, .unsupported), (ENOENT, .missing), (EEXIST, .inTheWay),
            (EPIPE, .noReader), (EXDEV, .otherFileSystem), (12_345, .other), (0, .other),
        ])
    func causes(_ number: Int32, _ cause: FileProblem) { #expect(FileProblem(errno: number) == cause) }
}
