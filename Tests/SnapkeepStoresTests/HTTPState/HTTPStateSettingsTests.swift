import Testing

@testable import SnapkeepCloud
@testable import SnapkeepStores

@Suite("Settings of a state over HTTP") struct HTTPStateSettingsTests {
    private let gitLab = "https://gitlab.example.com/api/v4/projects/group%2Fapp/terraform/state/nightly"
    private let plain = "https://states.example.com/team/nightly"

    private func read(_ address: String, _ variables: [String: String] = [:]) throws -> HTTPStateSettings {
        try HTTPStateSettings(address) { variables[$0] }
    }

    @Test("GitLab's lock has its own address, made with POST and given back with DELETE; a slash at the end changes nothing")
    func gitLabsLock() throws {
        for address in [gitLab, gitLab + "/"] {
            let settings = try read(address)
            #expect(settings.dialect == .gitLab && settings.place == gitLab)
            #expect(settings.lock.method == .post && settings.lock.address.text == gitLab + "/lock")
            #expect(settings.unlock.method == .delete && settings.unlock.address.text == gitLab + "/lock")
            #expect(settings.update.method == .post)
        }
    }

    @Test("Any other server is locked at the address itself, with Terraform's methods, unless variables say otherwise")
    func plainLock() throws {
        let settings = try read(plain)
        #expect(settings.dialect == .plain && settings.lock.method == .lock && settings.unlock.method == .unlock)
        #expect(settings.lock.address.text == plain && settings.unlock.address.text == plain)
        let named = try read(
            plain,
            [
                "TF_HTTP_LOCK_ADDRESS": plain + "/l", "TF_HTTP_LOCK_METHOD": "put", "TF_HTTP_UNLOCK_METHOD": "DELETE",
                "TF_HTTP_UPDATE_METHOD": "PUT",
            ])
        #expect(named.lock.address.text == plain + "/l" && named.unlock.address.text == plain + "/l")
        #expect(named.lock.method == .put && named.unlock.method == .delete && named.update.method == .put)
    }

    @Test("P1: the lock of a Terraform state in the same job is not taken for this one's")
    func otherStatesLock() throws {
        let theirs = ["TF_HTTP_ADDRESS": plain + "-tf", "TF_HTTP_LOCK_ADDRESS": plain + "-tf/lock", "TF_HTTP_LOCK_METHOD": "PUT"]
        #expect(try read(plain, theirs).lock.address.text == plain && (try read(plain, theirs).lock.method) == .lock)
        #expect(try read(gitLab, ["TF_HTTP_LOCK_ADDRESS": plain]).lock.address.text == gitLab + "/lock")
        #expect(try read(gitLab, ["TF_HTTP_ADDRESS": gitLab, "TF_HTTP_LOCK_ADDRESS": plain]).lock.address.text == plain)
        #expect(try read(gitLab, ["SNAPKEEP_HTTP_LOCK_ADDRESS": plain]).lock.address.text == plain)
    }

    @Test("Our own variables go before Terraform's, and a user and a password of two sources are never put together")
    func login() throws {
        let terraforms = ["TF_HTTP_USERNAME": "tf", "TF_HTTP_PASSWORD": "theirs"]
        #expect(try read(plain, terraforms).login?.user == "tf")
        let both = terraforms.merging(["SNAPKEEP_HTTP_USERNAME": "own", "SNAPKEEP_HTTP_PASSWORD": "ours"]) { $1 }
        let login = try #require(try read(plain, both).login)
        #expect(login.user == "own" && login.password.text == "ours" && login.field.value == "Basic b3duOm91cnM=")
        #expect(throws: HTTPStateSettingProblem.userWithoutPassword("SNAPKEEP_HTTP_PASSWORD")) {
            try read(plain, terraforms.merging(["SNAPKEEP_HTTP_USERNAME": "own"]) { $1 })
        }
        #expect(throws: HTTPStateSettingProblem.passwordWithoutUser("TF_HTTP_USERNAME")) { try read(plain, ["TF_HTTP_PASSWORD": "x"]) }
        #expect(try read(plain).login == nil)
    }

    @Test("P8: the token of a job is shown to the GitLab that runs the job, and to nobody else")
    func jobToken() throws {
        let job = ["CI_JOB_TOKEN": "glcbt-1", "CI_API_V4_URL": "https://gitlab.example.com/api/v4"]
        let login = try #require(try read(gitLab, job).login)
        #expect(login.user == "gitlab-ci-token" && login.password.text == "glcbt-1" && login.isJobToken)
        for address in [
            plain, "https://gitlab.example.com.evil.org/api/v4/projects/1/terraform/state/x", "http://gitlab.example.com/api/v4/x",
        ] {
            #expect(try read(address, job).login == nil, "\(address)")
        }
        #expect(try read(gitLab, job.merging(["TF_HTTP_USERNAME": "me", "TF_HTTP_PASSWORD": "pw"]) { $1 }).login?.user == "me")
    }

    @Test("P8: the token of a job goes to no lock address of another server", arguments: ["LOCK", "UNLOCK"])
    func jobTokenAndLock(_ name: String) throws {
        let job = ["CI_JOB_TOKEN": "glcbt-1", "CI_API_V4_URL": "https://gitlab.example.com/api/v4"]
        let elsewhere = ["SNAPKEEP_HTTP_\(name)_ADDRESS": "https://locks.example.org/nightly"]
        #expect(try read(gitLab, job.merging(elsewhere) { $1 }).login == nil)
        #expect(throws: HTTPStateSettingProblem.userWithoutPassword("TF_HTTP_PASSWORD")) {
            try read(gitLab, job.merging(elsewhere) { $1 }.merging(["TF_HTTP_USERNAME": "gitlab-ci-token"]) { $1 })
        }
        let beside = ["SNAPKEEP_HTTP_\(name)_ADDRESS": gitLab + "/lock"]
        #expect(try read(gitLab, job.merging(beside) { $1 }).login?.isJobToken == true)
    }

    @Test("P9: a user with a colon is refused, of the variables and of SNAPKEEP_STATE's URL: the password would begin behind it")
    func userWithColon() throws {
        #expect(throws: HTTPStateSettingProblem.userWithColon("TF_HTTP_USERNAME")) {
            try read(plain, ["TF_HTTP_USERNAME": "a:b", "TF_HTTP_PASSWORD": "s3cret"])
        }
        do {
            _ = try HTTPStateSettings(plain, user: "a:b", password: Secret("s3cret")) { _ in nil }
            Issue.record("it was taken")
        } catch {
            #expect(error.message.contains("SNAPKEEP_STATE") && !(error.message + error.remedy).contains("s3cret"))
        }
        #expect(try HTTPStateSettings(plain, user: "a", password: Secret("b:c")) { _ in nil }.login?.password.text == "b:c")
    }

    @Test(
        "P8, P9: a wrong setting is named by its variable, with a remedy and without its value",
        arguments: [
            ("TF_HTTP_LOCK_METHOD", "s3cret-verb"), ("SNAPKEEP_HTTP_RETRY_MAX", "s3cret"), ("TF_HTTP_RETRY_WAIT_MIN", "-1s3cret"),
            ("TF_HTTP_SKIP_CERT_VERIFICATION", "s3cret"), ("SNAPKEEP_HTTP_UNLOCK_ADDRESS", "https://u:s3cret@host/x"),
            ("TF_HTTP_CLIENT_PRIVATE_KEY_PEM", "s3cret"), ("TF_HTTP_CLIENT_CA_CERTIFICATE_PEM", "/nowhere/s3cret.pem"),
            ("SNAPKEEP_HTTP_CLIENT_CERTIFICATE_PEM", "s3cret"),
        ])
    func mistakes(_ name: String, _ value: String) throws {
        do {
            _ = try read(plain, [name: value])
            Issue.record("\(name) was taken")
        } catch let problem as HTTPStateSettingProblem {
            #expect(problem.message.contains(name), "\(problem.message)")
            #expect(!(problem.message + problem.remedy).contains("s3cret") && !problem.remedy.isEmpty)
        }
    }

    @Test("P8: a password in the address is refused without being repeated, and where a password would go in the clear is told")
    func clearText() throws {
        do {
            _ = try read("https://me:s3cret@states.example.com/x")
            Issue.record("it was taken")
        } catch let problem as HTTPStateSettingProblem {
            #expect(!problem.message.contains("s3cret") && problem.remedy.contains("SNAPKEEP_HTTP_PASSWORD"))
        }
        let login = ["TF_HTTP_USERNAME": "ci", "TF_HTTP_PASSWORD": "pw"]
        #expect(try read("http://states.example.com/x", login).addressesInTheClear == ["http://states.example.com/x"])
        #expect(try read("http://127.0.0.1:8080/x", login).addressesInTheClear.isEmpty)
        let lock = ["SNAPKEEP_HTTP_LOCK_ADDRESS": "http://locks.example.com/x?k=s3cret"]
        #expect(try read(plain, login.merging(lock) { $1 }).addressesInTheClear == ["http://locks.example.com/x"])
        #expect(try read(plain, lock).addressesInTheClear.isEmpty && read(plain, login).addressesInTheClear.isEmpty)
        #expect(try read(plain + "?token=s3cret", login).place == plain)
    }

    @Test("The folder of this machine is one of the user's, and another one for each address")
    func folder() throws {
        let settings = try read(gitLab)
        let home = HTTPStateFolder.path(for: settings) { ["HOME": "/home/ci"][$0] }
        #expect(home.hasPrefix("/home/ci/.local/state/snapkeep/gitlab.example.com-"))
        #expect(HTTPStateFolder.path(for: settings) { ["HOME": "/home/ci", "XDG_STATE_HOME": "/x"][$0] }.hasPrefix("/x/snapkeep/gitlab."))
        #expect(HTTPStateFolder.path(for: settings) { _ in nil }.hasPrefix("/tmp/"))
        #expect(HTTPStateFolder.path(for: try read(gitLab + "2")) { ["HOME": "/home/ci"][$0] } != home)
        #expect(HTTPStateFolder.path(for: settings) { ["XDG_STATE_HOME": "relative", "HOME": "/h"][$0] }.hasPrefix("/h/"))
    }
}
