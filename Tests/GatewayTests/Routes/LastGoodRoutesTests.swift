import Attestations
import Foundation
import GatehouseCore
import Gateway
import Serving
import Testing

@Suite("Kept route tables")
struct LastGoodRoutesTests {
    private let folder = FileManager.default.temporaryDirectory.appendingPathComponent("routes-\(UUID().uuidString)").path

    private func table(_ number: Int64) throws -> RouteTable {
        let segment = SegmentRoute(segment: "default", champion: try TestGateway.version(1, port: 9))
        return RouteTable(number: number, createdAt: Timestamp(milliseconds: 0), endpoints: [try TestGateway.endpoint([segment])])
    }

    @Test("what was saved comes back, the last one wins, and a damaged or foreign one is refused")
    func roundTrip() throws {
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let key = try SigningKey(ed25519Random: Array(repeating: 7, count: 32))
        let other = try SigningKey(ed25519Random: Array(repeating: 8, count: 32))
        let store = LastGoodRoutes(directory: folder, keys: [key.verificationKey])
        #expect(try store.load() == nil)
        try store.save(try table(4).signed(by: key))
        try store.save(try table(5).signed(by: key))
        #expect(try store.load() == table(5))
        #expect(throws: GatehouseError.self) { try LastGoodRoutes(directory: folder, keys: [other.verificationKey]).load() }
        try store.save(try Array(table(6).signed(by: key).dropLast(9)))
        #expect(throws: GatehouseError.self) { try store.load() }
    }

    @Test("a table with an endpoint twice, a bad address, share or deadline is refused when it is made ready")
    func compile() throws {
        let good = try table(1).endpoints[0]
        func refuses(_ endpoints: [EndpointRoute]) -> Bool {
            (try? ActiveRoutes(RouteTable(number: 1, createdAt: Timestamp(milliseconds: 0), endpoints: endpoints))) == nil
        }
        #expect(refuses([good]) == false)
        #expect(refuses([good, good]))
        for address in [
            "ftp://a", "http://", "http://a:0", "http://a:99999", "http://a b", "http://u@h", "http://h/?q", "native",
        ] {
            let digest = try Digest(parsing: TestGateway.digest)
            let upstream: Upstream = address == "native" ? .native : .url(address)
            let version = ServedVersion(version: try VersionNumber(1), digest: digest, upstream: upstream)
            #expect(refuses([try TestGateway.endpoint([SegmentRoute(segment: "default", champion: version)])]), "\(address)")
        }
        var rules = EndpointRules()
        rules.deadlineMilliseconds = 0
        #expect(refuses([try TestGateway.endpoint(good.segments, rules)]))
        #expect(refuses([try TestGateway.endpoint([])]))
        #expect(refuses([try TestGateway.endpoint(good.segments + good.segments)]))
    }
}
