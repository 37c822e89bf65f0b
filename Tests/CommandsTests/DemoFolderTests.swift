import Foundation
import Testing

@testable import Commands

@Suite("The demo's folder")
struct DemoFolderTests {
    @Test("nobody else may look into the folder")
    func permissions() throws {
        let path = FileManager.default.temporaryDirectory.appending(path: "gatehouse-demo-test-\(UUID())").path
        defer { try? FileManager.default.removeItem(atPath: path) }
        #expect(try DemoFolder.make(path) == path)
        let permissions = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
        #expect(permissions == 0o700)
    }
}
