import AuditLog
import Foundation
import GatehouseCore
import Testing

@Suite("A mirror in a folder")
struct DirectoryMirrorTests {
    /// A folder that goes with the test.
    final class Folder: Sendable {
        let path = FileManager.default.temporaryDirectory.appendingPathComponent("mirror-\(UUID().uuidString)").path

        init() throws { try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true) }
        deinit { try? FileManager.default.removeItem(atPath: path) }

        var mirror: TileMirror { TileMirror(DirectoryShelf(directory: path)) }

        func bytes(_ name: String) -> [UInt8]? { FileManager.default.contents(atPath: "\(path)/\(name)").map { Array($0) } }

        func write(_ text: String, to name: String) throws {
            try Data(text.utf8).write(to: URL(fileURLWithPath: "\(path)/\(name)"))
        }

        var names: Set<String> {
            let all = FileManager.default.enumerator(atPath: path)?.compactMap { $0 as? String } ?? []
            return Set(all.filter { !FileManager.default.isDirectory("\(path)/\($0)") })
        }
    }

    /// Brings the mirror in step, however many calls it takes.
    @discardableResult
    private func catchUp(_ mirror: some AuditMirror, _ log: MirroredLog) async throws -> Int {
        var held = try await mirror.look(at: log).held
        var calls = 0
        while held < (try log.size()) {
            held = try await mirror.advance(from: held, in: log)
            calls += 1
        }
        return calls
    }

    @Test(
        "holds the same files at the same addresses, as the log grows",
        arguments: [[1], [1, 2, 300, 512, 700], [255, 256, 257]])
    func copies(_ sizes: [Int]) async throws {
        let folder = try Folder()
        let sample = try SampleLog(sizes.max() ?? 0)
        for size in sizes { try await catchUp(folder.mirror, sample.published(size)) }
        let size = Int64(sizes.last ?? 0)
        let log = try sample.published(Int(size))
        var expected = try #require(try log.published())
        #expect(folder.bytes("checkpoint") == expected.bytes)
        for content in [TilePath.Content.entries, .hashes(level: 0), .hashes(level: 1)] {
            let count = content == .hashes(level: 1) ? size / 256 : size
            var at: Int64 = 0
            while at < count {
                let path = TilePath(content, index: at / 256, width: Int(min(256, count - at)))
                #expect(folder.bytes(path.text) == (try log.bytes(of: path)), "\(path.text)")
                at += 256
            }
        }
        // A reader that trusts nothing but the key comes to the same root.
        let copy = MirroredLog(
            checkpoint: { try SignedNote(parsing: folder.bytes("checkpoint") ?? []) }, tile: { folder.bytes($0.text) })
        expected = try #require(try copy.published())
        #expect(sample.key.verifier.verifies(expected.note))
        #expect(try copy.root(atSize: size, within: size) == expected.checkpoint.root)
        let look = try await folder.mirror.look(at: log)
        #expect(look == MirrorLook(held: size))
    }

    @Test("a long way is caught up in several bounded calls, and ends with every file")
    func severalCalls() async throws {
        let folder = try Folder()
        let log = try SampleLog(256 * 9 + 5).published()
        let calls = try await catchUp(folder.mirror, log)
        #expect(calls == 2)
        #expect(folder.bytes("tile/1/000.p/9")?.count == 9 * 32)
        #expect(folder.bytes("tile/entries/009.p/5") != nil)
    }

    @Test("nothing is deleted or written over: older partial tiles stay")
    func keeps() async throws {
        let folder = try Folder()
        let sample = try SampleLog(300)
        try await catchUp(folder.mirror, sample.published(10))
        let before = folder.names
        try await catchUp(folder.mirror, sample.published(300))
        #expect(folder.names.isSuperset(of: before))
        #expect(before == ["checkpoint", "tile/0/000.p/10", "tile/entries/000.p/10"])
    }

    @Test("cut off at any file, the next call goes on and ends with the same files")
    func cutOff() async throws {
        let log = try SampleLog(600).published()
        let whole = try Folder()
        try await catchUp(whole.mirror, log)
        for name in whole.names {
            let folder = try Folder()
            try await catchUp(folder.mirror, log)
            // As after a crash: the file was half written under its temporary name, and the checkpoint never replaced.
            try FileManager.default.removeItem(atPath: "\(folder.path)/\(name)")
            try folder.write("half", to: name + ".new")
            if name != "checkpoint" { try FileManager.default.removeItem(atPath: "\(folder.path)/checkpoint") }
            try await catchUp(folder.mirror, log)
            #expect(folder.names == whole.names, "\(name)")
        }
    }

    @Test("a file with other bytes is an alarm that names it, and stays as it is")
    func differs() async throws {
        let folder = try Folder()
        let log = try SampleLog(300).published()
        try FileManager.default.createDirectory(atPath: "\(folder.path)/tile/entries", withIntermediateDirectories: true)
        try folder.write("forged", to: "tile/entries/000")
        await #expect(throws: MirrorAlarm.fileDiffers(path: "tile/entries/000")) {
            _ = try await folder.mirror.advance(from: 0, in: log)
        }
        #expect(folder.bytes("tile/entries/000") == Array("forged".utf8))
        #expect(folder.bytes("checkpoint") == nil)
    }

    @Test("a mirror ahead of the log says that the log was restored from an older state")
    func ahead() async throws {
        let folder = try Folder()
        let sample = try SampleLog(20)
        try await catchUp(folder.mirror, sample.published())
        await #expect(throws: MirrorAlarm.ahead(mirror: 20, log: 12)) {
            _ = try await folder.mirror.look(at: sample.published(12))
        }
    }

    @Test("a log that was restored and went on another way is found, also when it is longer than the mirror")
    func forked() async throws {
        let folder = try Folder()
        try await catchUp(folder.mirror, SampleLog(20).published())
        let other = try SampleLog(30, changing: 19).published()
        await #expect(throws: MirrorAlarm.checkpointDiffers(size: 20)) { _ = try await folder.mirror.look(at: other) }
    }

    @Test("another log's mirror is not touched")
    func foreign() async throws {
        let folder = try Folder()
        try await catchUp(folder.mirror, SampleLog(5).published())
        let other = try SampleLog(5, origin: "other.example.org").published()
        await #expect(throws: MirrorAlarm.checkpointDiffers(size: 5)) { _ = try await folder.mirror.look(at: other) }
    }

    @Test("a volume that is not mounted is an outage, and its folder is not made")
    func missing() async throws {
        let folder = try Folder()
        try FileManager.default.removeItem(atPath: folder.path)
        let log = try SampleLog(5).published()
        await #expect(throws: GatehouseError.self) { _ = try await folder.mirror.look(at: log) }
        #expect(!FileManager.default.fileExists(atPath: folder.path))
    }
}

extension FileManager {
    fileprivate func isDirectory(_ path: String) -> Bool {
        var isDirectory: ObjCBool = false
        return fileExists(atPath: path, isDirectory: &isDirectory) && isDirectory.boolValue
    }
}
