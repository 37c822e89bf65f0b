import Foundation
import GatehouseCore
import Testing

@testable import Commands

@Suite("The demo's folder")
struct DemoFolderTests {
    private func withFolder(_ body: (String) throws -> Void) throws {
        let path = FileManager.default.temporaryDirectory.appending(path: "gatehouse-demo-test-\(UUID())").path
        defer { try? FileManager.default.removeItem(atPath: path) }
        try body(path)
    }

    private func permissions(_ path: String) throws -> Int? {
        try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
    }

    @Test("nobody else may look into the folder or read the token")
    func permissions() throws {
        try withFolder { path in
            #expect(try DemoFolder.make(path) == path)
            try DemoFolder.write(secret: "gh_secret", to: "\(path)/token")
            #expect(try permissions(path) == 0o700)
            #expect(try permissions("\(path)/token") == 0o600)
            #expect(try String(contentsOfFile: "\(path)/token", encoding: .utf8) == "gh_secret")
        }
    }

    @Test("a token that cannot be written is reported, and no file of another is written over")
    func failure() throws {
        try withFolder { path in
            _ = try DemoFolder.make(path)
            try DemoFolder.write(secret: "first", to: "\(path)/token")
            for taken in ["\(path)/token", "\(path)/nowhere/token"] {
                let error = try #require(throws: GatehouseError.self) { try DemoFolder.write(secret: "second", to: taken) }
                #expect(error.message == "The token cannot be written to '\(taken)'.")
            }
            #expect(try String(contentsOfFile: "\(path)/token", encoding: .utf8) == "first")
        }
    }
}
