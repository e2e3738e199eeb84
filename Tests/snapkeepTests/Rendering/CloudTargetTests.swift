import SnapkeepCore
import Testing

@testable import SnapkeepRendering
@testable import snapkeep

/// P3, P5: what is asked before a change names the cloud that it goes to.
@Suite struct CloudTargetTests {
    private let project = ProjectID("0c2eba2c5af04d3f9e9d0d410b371fde")!

    @Test func `a target is named by project, host and entry, as far as they are known`() {
        func words(_ project: ProjectID?, _ endpoint: String?, _ cloud: String? = nil) -> String? {
            CloudTarget(projectID: project, endpoint: endpoint, cloud: cloud).words
        }
        #expect(
            words(project, "https://evs.eu-de.otc.t-systems.com/v3", "prod")
                == "project 0c2eba2c5af04d3f9e9d0d410b371fde at evs.eu-de.otc.t-systems.com (cloud prod)")
        #expect(words(project, nil) == "project 0c2eba2c5af04d3f9e9d0d410b371fde")
        #expect(words(nil, "http://127.0.0.1:8776") == "at 127.0.0.1:8776")
        #expect(words(ProjectID("sandbox"), CloudTarget.sandboxEndpoint) == "the embedded sandbox")
        #expect(words(nil, nil, "prod") == "cloud prod")
        #expect(!holdsControlCharacter(words(project, hostileText, hostileText) ?? ""))
    }

    @Test func `P3 the question counts what is to be done, and deletions apart`() {
        let target = CloudTarget(projectID: project, endpoint: "https://evs.example.com/v3", cloud: "prod")
        let place = "project 0c2eba2c5af04d3f9e9d0d410b371fde at evs.example.com (cloud prod)"
        let creations = PlanSamples.plan([.create(PlanSamples.spec("a")), .retain(PlanSamples.record("b"), .unlisted)])
        #expect(Questions.apply(creations, to: target) == "Apply 1 change to \(place)?")
        // A replacement that prunes is one change and one deletion.
        #expect(Questions.apply(PlanSamples.mixed, to: target) == "Apply 16 changes with 4 deletions to \(place)?")
        #expect(Questions.apply(creations, to: CloudTarget()) == "Apply 1 change?")
        #expect(Questions.record(2, of: target) == "Record 2 snapshots of \(place)?")
    }
}
