/// Why the system refused a call on a file: the causes for which there is something that a person can do.
///
/// The one place in which a cause becomes a remedy, whatever file it is about: manifest, settings, plan, state, journal, history or the
/// sandbox's data. The system's numbers are turned into causes where the system is known (`FileProblem.init(errno:)` of SnapkeepState).
public enum FileProblem: Hashable, Sendable, CaseIterable {
    /// `ENOSPC`: the disk has no room, or no inodes.
    case noSpace
    /// `EDQUOT`.
    case overQuota
    /// `EROFS`.
    case readOnly
    /// `EACCES` and `EPERM`.
    case notPermitted
    /// `EMFILE`: this process has as many files open as it may.
    case tooManyFiles
    /// `ENFILE`: the whole machine has.
    case tooManyFilesOnMachine
    /// `EIO`, and what its relatives say of a device that is gone.
    case device
    /// `ESTALE` and the like: the server of a network file system does not answer, or has another file by now.
    case networkGone
    /// `ENAMETOOLONG`.
    case nameTooLong
    /// `EISDIR`.
    case folder
    /// `ENOTDIR`.
    case notAFolder
    /// `ELOOP`: links that lead in a circle, or a link where none is followed.
    case linkLoop
    /// `ETXTBSY`: a program that is running.
    case runningProgram
    /// `EBUSY`.
    case busy
    /// `EFBIG`.
    case tooLarge
    /// `ENOMEM`.
    case noMemory
    /// `ENOLCK`, `ENOTSUP` and `ENOSYS`: the file system lacks locks, or another call.
    case unsupported
    /// `ENOENT`.
    case missing
    /// `EEXIST`.
    case inTheWay
    /// `EPIPE`: nobody reads the other end.
    case noReader
    /// `EXDEV`.
    case otherFileSystem
    /// Somebody removed or replaced the file while it was in use.
    case takenAway
    /// A service that keeps the state does not answer.
    case storeUnreachable
    /// A service that keeps the state has no room left.
    case storeFull
    /// A service that keeps the state takes only smaller requests.
    case storeTooSmall
    /// A service that keeps the state does not let this user in.
    case storeDenied
    /// What answers in the place of the state's service is another one.
    case storeForeign
    /// The service has not what was stored there any more: it was replaced, emptied, or set back to an older backup.
    case storeReplaced
    /// The user's own folder for what programs keep takes nothing: a variable of the environment names it.
    case ownFolder
    /// The lock of the state ran out, or was broken.
    case lockLost
    /// A service that keeps the state takes no document of this size.
    case storeLimit
    /// Nobody knows whether a service that keeps the state has done what it was asked for.
    case storeUnsure
    /// The certificate of the service that keeps the state is not trusted, or is another one's.
    case storeUntrusted
    /// The service that keeps the state speaks TLS and was asked without, or the other way round.
    case storeOtherScheme
    /// A service that keeps the state does not lock it.
    case storeWithoutLock
    /// Anything else.
    case other

    /// What was to be done to the file.
    public enum Access: Hashable, Sendable, CaseIterable {
        case read
        /// Also to make it, to replace it, and to make its contents durable.
        case write
        case lock
    }

    /// One thing to do about it: an imperative clause without a full stop, with the command to type where there is one.
    ///
    /// What is safe and what to run afterwards is the caller's to add, as only the caller knows it.
    ///
    /// - Parameter path: the file as the user knows it, never a temporary one; or the URL of a service that keeps a state.
    public func remedy(for path: String, _ access: Access) -> String {
        let file = path.quotedForShell
        let folder = parentFolder(of: path).quotedForShell
        switch self {
        case .noSpace: return "make room on the disk: 'df -h \(folder)' and 'df -i \(folder)' show what is used up"
        case .overQuota: return "make room within your disk quota: 'quota -s' shows it"
        case .readOnly: return "make the file system writable, or name a file elsewhere: 'findmnt -T \(folder)' shows how it is mounted"
        case .notPermitted:
            return access == .read
                ? "get permission to read it: 'ls -ld \(folder) \(file)' shows who has it"
                : "get permission to write it and its folder: 'ls -ld \(folder) \(file)' shows who has it"
        case .tooManyFiles: return "raise the limit of open files in this shell: 'ulimit -n 1024'"
        case .tooManyFilesOnMachine:
            return "end programs that hold many files: the whole machine has reached its limit ('sysctl fs.file-nr' shows it)"
        case .device: return "have the disk checked: 'dmesg | tail' shows what the system met"
        case .networkGone: return "make the network file system reachable again: 'df \(folder)' must answer"
        case .nameTooLong: return "use a shorter name: with the suffix that is added to it, a name may have 255 bytes"
        case .folder: return "name a file; this is a folder"
        case .notAFolder: return "correct the path: a part of it is a file where a folder is expected"
        case .linkLoop: return "name the file itself: 'ls -l \(file)' shows a symbolic link that cannot be followed"
        case .runningProgram: return "name another file: this one is a program that is running"
        case .busy: return "end what uses it, or wait until that is done: 'fuser -v \(file)' shows it"
        case .tooLarge: return "raise the limit of file sizes in this shell: 'ulimit -f unlimited'"
        case .noMemory: return "free memory, or raise the limit in this shell: 'ulimit -v unlimited'"
        case .unsupported: return "keep it on a local file system, which has locks: 'df -T \(folder)' shows of which kind this one is"
        case .missing: return "check the path: 'ls -ld \(folder)' must show a folder"
        case .inTheWay: return "name another file, or move away what is there: 'ls -ld \(file)'"
        case .noReader: return "start the program that reads the other end first"
        case .otherFileSystem: return "keep the file and its folder on one file system"
        case .takenAway where StateAddress.service(at: path) != nil: return "see to it that nobody but snapkeep writes at \(file)"
        case .takenAway:
            return
                "keep others away from the files beside the state, such as 'git clean' or a job that clears up: 'ls -l \(folder)' shows them"
        case .storeUnreachable:
            // etcd closes the connection without a word where one side speaks TLS and the other does not.
            let way = StateAddress.service(at: path).map { $0.scheme.isEncrypted ? ", over TLS" : ", without TLS" } ?? ""
            return "make the service that keeps the state reachable from this machine: it must answer at \(file)\(way)"
        case .storeUntrusted:
            let isEtcd = StateAddress.service(at: path)?.scheme.isEtcd ?? false
            return "name the authority that has signed its certificate with "
                + (isEtcd
                    ? "SNAPKEEP_ETCD_CACERT, the path of a file in PEM form"
                    : "SNAPKEEP_HTTP_CLIENT_CA_CERTIFICATE_PEM or TF_HTTP_CLIENT_CA_CERTIFICATE_PEM, its text in PEM form")
                + ", and the service by a name that stands in the certificate"
        case .storeOtherScheme:
            let service = StateAddress.service(at: path)
            let address =
                "write the address with the other scheme: '--state \((service?.withOtherScheme.description ?? path).quotedForShell)'"
            // Whoever gives up TLS sends a password so that everybody in between can read it.
            return service?.scheme.isEncrypted ?? false
                ? "check the host and the port, and who answers there; where the service itself has no TLS and the network is your own, \(address)"
                : address
        case .storeFull:
            return "make room in the service that keeps the state; of etcd, compact and defragment it, then 'etcdctl alarm disarm'"
        case .storeTooSmall:
            return "raise the service's limits to their usual values: etcd takes 1.5 MiB in a request and 128 operations in a transaction"
        case .storeDenied:
            return access == .read
                ? "set a user that may read \(file), and its password, in the environment"
                : "set a user that may write \(file), and its password, in the environment"
        case .storeForeign: return "check the address and the proxies in between: another service answers at \(file)"
        case .storeReplaced: return "put back the service, or the backup of it, that has the state: what answers at \(file) has it not"
        case .ownFolder:
            return "make it writable ('ls -ld \(folder) \(file)' shows who may), or name a folder of yours with XDG_STATE_HOME, "
                + "else HOME: in it this machine keeps the journals of runs over a state in a service"
        case .storeLimit:
            return
                "raise the service's limit for one state (of GitLab: 'max_terraform_state_size_bytes'), or move the state to etcd or files"
        case .storeUnsure where access == .lock:
            return "see with 'snapkeep unlock' who holds it: where that is this run, give the lock back with its token, as shown there"
        case .storeUnsure: return "run the same command again: it looks first whether the service has done it"
        case .storeWithoutLock:
            return
                "name where and how the service locks, with SNAPKEEP_HTTP_LOCK_ADDRESS, _UNLOCK_ADDRESS, _LOCK_METHOD and _UNLOCK_METHOD "
                + "(or TF_HTTP_...), or keep the state in etcd, in GitLab, or in files"
        case .lockLost: return "let the run end that holds the lock by now: 'snapkeep unlock' shows it"
        case .other where StateAddress.service(at: path) != nil:
            return "find the cause in what the service says, and in its own log: it answers at \(file)"
        case .other:
            return access == .read
                ? "find the cause by hand: 'cat \(file)' must be able to read it"
                : "find the cause by hand: 'ls -ld \(folder) \(file)' and 'df -h \(folder)'"
        }
    }
}
