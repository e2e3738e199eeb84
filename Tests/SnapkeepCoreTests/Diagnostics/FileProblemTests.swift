import SnapkeepCore
import Testing

@Suite("What to do about a file")
struct FileProblemTests {
    @Test("P9: every cause has a remedy of its own, in the imperative, without a full stop")
    func remedies() {
        let path = "states/prod.json"
        for access in FileProblem.Access.allCases {
            let remedies = FileProblem.allCases.map { $0.remedy(for: path, access) }
            #expect(Set(remedies).count == FileProblem.allCases.count)
            for remedy in remedies {
                #expect(remedy.first?.isLowercase == true && remedy.last != ".", "\(remedy)")
                #expect(!remedy.contains("told") && !remedy.contains("mend"), "\(remedy)")
            }
        }
    }

    @Test("P9: a remedy fits the cause: too many open files is not a full disk, and the command names the folder as a shell takes it")
    func commands() {
        #expect(FileProblem.tooManyFiles.remedy(for: "a.json", .write).contains("'ulimit -n 1024'"))
        #expect(!FileProblem.tooManyFiles.remedy(for: "a.json", .write).contains("room"))
        #expect(FileProblem.noSpace.remedy(for: "states/a.json", .write).contains("'df -h states'"))
        #expect(FileProblem.noSpace.remedy(for: "a.json", .write).contains("'df -h .'"))
        #expect(FileProblem.noSpace.remedy(for: "/a.json", .write).contains("'df -h /'"))
        #expect(FileProblem.missing.remedy(for: "my states/a.json", .read).contains("ls -ld 'my states'"))
        #expect(FileProblem.notPermitted.remedy(for: "a.json", .read).hasPrefix("get permission to read it"))
        #expect(FileProblem.notPermitted.remedy(for: "a.json", .lock).hasPrefix("get permission to write it"))
    }
}
