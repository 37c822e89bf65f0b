import Foundation
import GatehouseCore
import Testing
import WireAPI

@Suite("docs/api.md")
struct DocumentedRoutesTests {
    private static let package = URL(filePath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    private static func text(_ path: String) throws -> String {
        try String(contentsOf: package.appending(path: path), encoding: .utf8)
    }

    /// `PUT /api/gatehouse/v1/models/{model}/aliases/{alias}` for every route that the sources add.
    private static func routes() throws -> Set<String> {
        let folder = "Sources/HTTPAPI/Native"
        let files = try FileManager.default.contentsOfDirectory(atPath: package.appending(path: folder).path)
        let call = /group\.(?<method>\w+)\(\s*"(?<path>[^"]+)"/
        var routes: Set<String> = []
        for file in files where file.hasSuffix(".swift") {
            for match in try text("\(folder)/\(file)").matches(of: call) {
                let segments = match.path.split(separator: "/").map { $0.hasPrefix(":") ? "{\($0.dropFirst())}" : "\($0)" }
                routes.insert("\(match.method.uppercased()) \(WireCoder.prefix)/\(segments.joined(separator: "/"))")
            }
        }
        return routes
    }

    private static func headings() throws -> [String] {
        let heading = /^### `(?<route>[^`]+)`$/.anchorsMatchLineEndings()
        return try text("docs/api.md").matches(of: heading).map { String($0.route) }
    }

    @Test("every route of the server has a section, and every section a route")
    func routes() throws {
        let routes = try Self.routes()
        let headings = try Self.headings()
        #expect(routes.count > 25, "the sources are not where this test looks for them")
        #expect(routes.subtracting(headings).sorted() == [], "routes without a section")
        #expect(Set(headings).subtracting(routes).sorted() == [], "sections without a route")
        #expect(headings.count == Set(headings).count, "a section stands twice")
    }

    @Test("every route of the server is in /openapi.json, and nothing else")
    func openAPI() throws {
        let described = APIOperation.native.map { "\($0.method) \($0.path)" }
        #expect(try Self.routes().subtracting(described).sorted() == [], "routes that /openapi.json does not know")
        #expect(try Set(described).subtracting(Self.routes()).sorted() == [], "described, but no route")
    }

    @Test("every member of every type is mentioned", arguments: WireType.all)
    func members(_ type: WireType) throws {
        let text = try Self.text("docs/api.md")
        for name in type.members.keys {
            #expect(text.contains("\"\(name)\"") || text.contains("`\(name)`"), "\(type.name).\(name)")
        }
    }

    @Test("every example is JSON", arguments: ["docs/api.md", "docs/cli-json.md"])
    func examples(_ path: String) throws {
        let blocks = try Self.text(path).split(separator: "```json\n").dropFirst().compactMap { $0.split(separator: "```").first }
        #expect(blocks.count > 4)
        for block in blocks { #expect(throws: Never.self, "\(block)") { try JSONParser.parse(String(block)) } }
    }
}
