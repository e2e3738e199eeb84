import SnapkeepCore
import Testing

@testable import SnapkeepEngine

/// Lists that never end, or bring nothing new: nothing is concluded from them (P9).
@Suite("Bounds of lists")
struct ListBoundTests {
    private static func lost(_ call: FakeCloud.Call) -> FakeCloud.Trouble? { call.operation == .create ? .lostAfter : nil }

    @Test("P9: the look-up of a lost creation in a list without end leaves the intent open", arguments: [true, false])
    func lookUp(endless: Bool) throws {
        let world = World(
            cloud: .init(
                isEndless: endless, isCircular: !endless, listBound: 5000, trouble: Self.lost))
        let report = try #require(world.apply(Fixture.manifest(1)).report)
        guard case .unsettled(let fault)? = report.failures.first?.cause else { Issue.record("\(report)"); return }
        #expect(fault == (endless ? .endlessList(of: "snapshots", rows: 5000) : .circularList))
        #expect(world.state.openIntents.count == 1)
        world.ask { cloud in
            cloud.change { settings in
                (settings.isEndless, settings.isCircular) = (false, false)
                settings.trouble = { _ in nil }
            }
        }
        #expect(world.apply(Fixture.manifest(1)).report?.isComplete == true)
        #expect(world.snapshots.count == 1)
    }

    @Test("P9: a wait whose list has no end goes on by asking for each snapshot", arguments: [true, false])
    func watch(endless: Bool) throws {
        let world = World(cloud: .init(isEndless: endless, isCircular: !endless, listBound: 3000))
        #expect(world.apply(Fixture.manifest(3)).report?.isComplete == true)
    }

    @Test("P9: pages that bring nothing new are borne twice in a row, and not a third time")
    func patience() throws {
        var progress = ListProgress(bound: 100, of: "snapshots")
        func cursor(_ number: Int) -> PageCursor { PageCursor(marker: "\(number)") }
        try progress.take(["a", "b"], next: cursor(1))
        try progress.take(["a", "b"], next: cursor(2))
        try progress.take(["b"], next: cursor(3))
        try progress.take(["b", "c"], next: cursor(4))
        try progress.take([], next: cursor(5))
        try progress.take(["c"], next: cursor(6))
        #expect(throws: ServiceFault.circularList) { try progress.take(["a"], next: cursor(7)) }
    }

    @Test("The bound counts rows, and a list that ends with it is whole")
    func bound() throws {
        var progress = ListProgress(bound: 3, of: "volumes")
        try progress.take(["a", "b"], next: PageCursor(marker: "1"))
        try progress.take(["c"], next: nil)
        progress = ListProgress(bound: 3, of: "volumes")
        try progress.take(["a", "b"], next: PageCursor(marker: "1"))
        #expect(throws: ServiceFault.endlessList(of: "volumes", rows: 4)) { try progress.take(["c", "d"], next: PageCursor(marker: "2")) }
    }
}
