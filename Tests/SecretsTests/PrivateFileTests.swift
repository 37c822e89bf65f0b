import Foundation
import GatehouseCore
import Secrets
import Testing

@Suite("Private files")
struct PrivateFileTests {
    private func inFolder(_ body: (URL) throws -> Void) throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("gatehouse-secret-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        try body(folder)
    }

    private func mode(_ path: String) throws -> Int? {
        try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
    }

    @Test("what is written is read back, is its owner's alone, and leaves nothing beside it")
    func written() throws {
        try inFolder { folder in
            let file = PrivateFile(folder.path + "/key")
            #expect(try file.read() == nil)
            // What a crash left, readable by everybody.
            try Data("old".utf8).write(to: folder.appendingPathComponent("key.new"))
            try file.write("first\n")
            try file.write("second\n")
            #expect(try file.read() == "second\n")
            #expect(try mode(file.path) == 0o600)
            try PrivateFile(folder.path + "/key.pub").write("public\n", for: .everybody)
            #expect(try mode(folder.path + "/key.pub") == 0o644)
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted() == ["key", "key.pub"])
        }
    }

    @Test("what cannot be a key, and a folder that is not there, are errors that name the file")
    func failures() throws {
        try inFolder { folder in
            let file = PrivateFile(folder.path + "/key")
            try Data(repeating: 65, count: PrivateFile.bytesMax + 1).write(to: URL(fileURLWithPath: file.path))
            #expect(throws: GatehouseError.self) { try file.read() }
            try Data(repeating: 65, count: PrivateFile.bytesMax).write(to: URL(fileURLWithPath: file.path))
            #expect(try file.read()?.utf8.count == PrivateFile.bytesMax)
            let nowhere = PrivateFile(folder.path + "/none/key")
            let error = #expect(throws: GatehouseError.self) { try nowhere.write("x") }
            #expect(error?.code == .unavailable && error?.message.contains(nowhere.path) == true)
            // A folder in the place of the file: the write fails and leaves nothing behind.
            try FileManager.default.createDirectory(atPath: folder.path + "/taken/inside", withIntermediateDirectories: true)
            #expect(throws: GatehouseError.self) { try PrivateFile(folder.path + "/taken").write("x") }
            #expect(!FileManager.default.fileExists(atPath: folder.path + "/taken.new"))
        }
    }
}
