package import SnapkeepCore

/// What `simulate` tells: rotations with what they make of their volumes, held against what the cloud takes.
package struct SimulationReport: Sendable {
    package var span: SimulationSpan
    package var rotations: [SimulatedRotation]
    package var volumes: [VolumeLoad]
    /// The manifest's `snapshots_per_volume`.
    package var cap: Int?

    /// A report of its parts.
    package init(span: SimulationSpan, rotations: [SimulatedRotation], volumes: [VolumeLoad], cap: Int?) {
        self.span = span
        self.rotations = rotations
        self.volumes = volumes
        self.cap = cap
    }

    /// The volumes that come to more than the cloud takes.
    package var overloads: [VolumeLoad] { cap.map { cap in volumes.filter { $0.peak > cap } } ?? [] }

    /// For people: each rotation and group of volumes that are alike with its calendar and with what is left at the end.
    package func render(width: Int?, style: TextStyle) -> String {
        var parts = rotations.flatMap { rotation in rotation.groups.map { self.part(rotation.spec, $0, width, style) } }
        let joint = jointLoads(width)
        if !joint.isEmpty { parts.append(joint.map { $0 + "\n" }.joined()) }
        return (parts + [summary(width)]).joined(separator: "\n")
    }

    /// One line over all.
    package func summary(_ width: Int?) -> String {
        let peak = volumes.map(\.peak).max() ?? 0
        let counts = "\(Quantities.count(rotations.count, "rotation")) on \(Quantities.count(volumes.count, "volume"))"
        var words = ["\(span.from) … \(span.until)", counts, "at most \(peak) of one volume at once"]
        if let cap { words.append("cap \(cap): \(overloads.isEmpty ? "all fit" : "\(overloads.count) of \(volumes.count) do not fit")") }
        return TextFlow.joined(words, by: " · ", width: width) + "\n"
    }

    private func part(_ spec: RotationSpec, _ group: [SimulatedVolume], _ width: Int?, _ style: TextStyle) -> String {
        let simulation = group[0].simulation
        var title = [style.paint(spec.name.text, .strong), Self.words(group.map(\.volume)), RotationWords.words(spec.rules)]
        if spec.isPaused { title.append("paused: makes and expires nothing") }
        title.append("at most \(simulation.peak) at once\(capWords(simulation.peak))")
        var lines = [TextFlow.joined(title, by: " · ", width: width), ""]
        let calendar = SimulationCalendar(simulation, span)
        let legend = calendar.legend(style)
        if !legend.isEmpty { lines.append(TextFlow.joined(legend, by: "  ", width: width)) }
        lines += calendar.lines(style)
        lines.append("")
        let kept = simulation.kept
        lines += kept.isEmpty ? ["kept: nothing"] : keptLines(kept, width)
        return lines.map { $0 + "\n" }.joined()
    }

    // kept: 2026-10-25  daily 3, weekly 1
    private func keptLines(_ kept: [SimulatedSnapshot], _ width: Int?) -> [String] {
        let periods = kept.map(\.period.description)
        let column = (periods.map(\.count).max() ?? 0) + 2
        return zip(kept, periods).enumerated().map { index, one in
            let (snapshot, period) = one
            guard case .kept(let reasons) = snapshot.fate else { return period }
            let words = reasons.isEmpty ? "would expire; no run comes" : RotationWords.words(reasons)
            let head = (index == 0 ? "kept: " : "      ") + period + String(repeating: " ", count: column - period.count)
            return head + TextFlow.wrapped(words, width: width, indent: head.count, from: head.count)
        }
    }

    /// The volumes that hold more than one rotation's snapshots.
    private func jointLoads(_ width: Int?) -> [String] {
        var groups: [[VolumeLoad]] = []
        var place: [VolumeLoad: Int] = [:]
        for load in volumes where load.rotations.count > 1 || load.others > 0 {
            var alike = load
            alike.volume = nil
            if let index = place[alike] {
                groups[index].append(load)
            } else {
                place[alike] = groups.count
                groups.append([load])
            }
        }
        return groups.map { group in
            let load = group[0]
            let others = load.others == 0 ? [] : ["\(load.others) other\(load.others == 1 ? "" : "s")"]
            let together = Quantities.list(load.rotations.map(\.text) + others)
            return TextFlow.joined(
                [Self.words(group.map(\.volume)), "\(together) together", "at most \(load.peak) at once\(capWords(load.peak))"],
                by: " · ", width: width)
        }
    }

    private func capWords(_ peak: Int) -> String {
        cap.map { peak > $0 ? " (cap \($0): does not fit)" : " (cap \($0))" } ?? ""
    }

    // orders-db, billing and 98 more
    private static func words(_ volumes: [RotationVolume?]) -> String {
        let labels = volumes.map { $0.map { VisibleText.escaped($0.label) } ?? "each volume that matches" }
        let most = 4
        if labels.count <= most { return labels.joined(separator: ", ") }
        return labels.prefix(most - 1).joined(separator: ", ") + " and \(labels.count - most + 1) more"
    }
}

extension SimulationReport {
    /// For programs.
    package func write(to document: inout JSONDocument) {
        document.field(SimulationField.from.rawValue, span.from.description)
        document.field(SimulationField.until.rawValue, span.until.description)
        document.field(SimulationField.cap.rawValue, cap)
        let parts = rotations.flatMap { rotation in rotation.volumes.map { (rotation.spec.name, $0) } }
        // Volumes that are alike share what is kept.
        let kept = Dictionary(parts.map { ($1.number, $1.simulation) }, uniquingKeysWith: { first, _ in first }).mapValues(\.kept)
        document.list(SimulationField.rotations.rawValue, parts) { part, object in
            let (name, one) = part
            object.field(SimulatedField.name.rawValue, name.text)
            object.field(SimulatedField.volume.rawValue, one.volume?.label)
            object.field(SimulatedField.peak.rawValue, one.simulation.peak)
            object.field(SimulatedField.peakAt.rawValue, one.simulation.peakAt.description)
            object.field(SimulatedField.cap.rawValue, cap)
            object.field(SimulatedField.kept.rawValue, objects: kept[one.number] ?? []) { snapshot, object in
                object.field(SimulatedKeptField.period.rawValue, snapshot.period.description)
                if case .kept(let reasons) = snapshot.fate { object.field(SimulatedKeptField.reasons.rawValue, reasons.map(\.text)) }
            }
        }
        document.list(SimulationField.volumes.rawValue, volumes) { load, object in
            object.field(LoadField.volume.rawValue, load.volume?.label)
            object.field(LoadField.rotations.rawValue, load.rotations.map(\.text))
            object.field(LoadField.others.rawValue, load.others)
            object.field(LoadField.peak.rawValue, load.peak)
            object.field(LoadField.peakAt.rawValue, load.peakAt.description)
        }
    }
}

/// The members of `snapkeep simulate --json`, beside those of every document.
enum SimulationField: String, CaseIterable {
    case from, until, cap, rotations, volumes
}

/// The members of a rotation and volume there.
enum SimulatedField: String, CaseIterable {
    case name, volume, peak
    case peakAt = "peak_at"
    case cap, kept
}

/// The members of what is kept at the end.
enum SimulatedKeptField: String, CaseIterable {
    case period, reasons
}

/// The members of what comes together on a volume.
enum LoadField: String, CaseIterable {
    case volume, rotations, others, peak
    case peakAt = "peak_at"
}
