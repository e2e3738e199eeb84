/// An image service without images, below `/image`: OpenStack's command-line client looks for one before it makes any volume.
enum ImageService {
    /// The answer, where the path is of this service.
    static func reply(to request: APIRequest) -> Reply? {
        let segments = request.target.segments
        guard segments.first == "image" else { return nil }
        switch (request.method, Array(segments.dropFirst())) {
        case ("GET", []), ("GET", ["v2"]):
            let version: JSONValue = [
                "id": "v2.0", "status": "CURRENT", "links": [["rel": "self", "href": .string("http://\(request.authority)/image/v2/")]],
            ]
            return Reply(segments.count == 1 ? 300 : 200, ["versions": [version]])
        case ("GET", ["v2", "images"]): return Reply(200, ["images": [], "first": "/v2/images", "schema": "/v2/schemas/images"])
        default: return Reply(404, text: "404 Not Found", type: "text/plain; charset=UTF-8")
        }
    }
}
