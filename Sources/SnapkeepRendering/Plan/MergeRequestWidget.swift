package import SnapkeepCore

/// A plan as the three numbers that GitLab's merge request widget shows (`artifacts:reports:terraform`).
package enum MergeRequestWidget {
    /// `{"create":2,"update":0,"delete":1}`. What a replacement makes and what it deletes count like all others; what is adopted counts as an
    /// update, for it is stamped; what is awaited, looked up or kept is no change.
    package static func render(_ plan: Plan) -> [UInt8] {
        let summary = plan.summary
        var writer = JSONWriter()
        writer.beginObject()
        writer.field("create", summary.create + summary.replace)
        writer.field("update", summary.update + summary.adopt)
        writer.field("delete", summary.delete + summary.expire)
        writer.endObject()
        writer.endLine()
        return writer.bytes
    }
}
