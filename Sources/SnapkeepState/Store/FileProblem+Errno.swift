import Glibc
public import SnapkeepCore

extension FileProblem {
    /// The cause behind a number of the system.
    public init(errno code: Int32) {
        self =
            switch code {
            case ENOSPC: .noSpace
            case EDQUOT: .overQuota
            case EROFS: .readOnly
            case EACCES, EPERM: .notPermitted
            case EMFILE: .tooManyFiles
            case ENFILE: .tooManyFilesOnMachine
            case EIO, ENXIO, ENODEV, EREMOTEIO: .device
            case ESTALE, ETIMEDOUT, EHOSTDOWN, EHOSTUNREACH, ENOTCONN, ECONNRESET: .networkGone
            case ENAMETOOLONG: .nameTooLong
            case EISDIR: .folder
            case ENOTDIR: .notAFolder
            case ELOOP: .linkLoop
            case ETXTBSY: .runningProgram
            case EBUSY: .busy
            case EFBIG, EOVERFLOW: .tooLarge
            case ENOMEM, ENOBUFS: .noMemory
            case ENOLCK, ENOTSUP, ENOSYS: .unsupported
            case ENOENT: .missing
            case EEXIST: .inTheWay
            case EPIPE: .noReader
            case EXDEV: .otherFileSystem
            default: .other
            }
    }
}
