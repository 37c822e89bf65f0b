import GatehouseCore
import Registry
import Storage
import Testing

@Suite("An artifact's manifest")
struct ArtifactManifestTests {
    private static let digest = Digest.sha256(of: Array("abc".utf8))

    private func files(_ paths: String...) -> [ArtifactFile] {
        paths.map { ArtifactFile(path: $0, digest: Self.digest, bytes: 3) }
    }

    @Test("its canonical form and digest are fixed")
    func frozenForm() throws {
        let manifest = try ArtifactManifest(files("model/model.txt", "MLmodel"))
        let hex = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        #expect(
            String(decoding: manifest.canonicalBytes, as: UTF8.self)
                == #"{"files":[{"bytes":3,"path":"MLmodel","sha256":"\#(hex)"},"#
                + #"{"bytes":3,"path":"model/model.txt","sha256":"\#(hex)"}],"format":1}"#)
        // printf %s TEXT | sha256sum, with the text above.
        #expect(manifest.digest.hex == "e821d35cd3ae5a6b64185f3ccc107d67b9f29ef72de1aa2222bb0b400b96dc24")
        #expect(manifest.totalBytes == 6)
    }

    @Test("the order in which files come does not matter, any content does")
    func identity() throws {
        let manifest = try ArtifactManifest(files("a", "b", "c/d"))
        #expect(try ArtifactManifest(files("c/d", "a", "b")) == manifest)
        let renamed = try ArtifactManifest(files("a", "b", "c/e"))
        let resized = try ArtifactManifest(files("a", "b") + [ArtifactFile(path: "c/d", digest: Self.digest, bytes: 4)])
        let changed = try ArtifactManifest(
            files("a", "b") + [ArtifactFile(path: "c/d", digest: .sha256(of: []), bytes: 3)])
        #expect(Set([manifest, renamed, resized, changed].map(\.digest)).count == 4)
    }

    @Test("a file is found by its path")
    func lookup() throws {
        let manifest = try ArtifactManifest(files("b", "a/z", "a-b", "c", "é"))
        for path in ["b", "a/z", "a-b", "c", "é"] { #expect(manifest.file(path)?.path == path) }
        for path in ["", "a", "a/", "zz", "B"] { #expect(manifest.file(path) == nil) }
    }

    @Test(
        "a path that could leave its folder or confuse a file system is refused",
        arguments: [
            "", "/", "/etc/passwd", "..", "../x", "a/../b", "a/..", ".", "./a", "a/./b", "a//b", "a/", "\\", "a\\..\\b", "C:\\x",
            "a\0b", "a\nb", "a\u{7F}b", "a\u{85}b", String(repeating: "a", count: 256),
            String(repeating: "a/", count: 512) + "b", "//server/share",
        ])
    func pathTricks(_ path: String) {
        let error = #expect(throws: GatehouseError.self) { try ArtifactManifest(files("ok", path)) }
        #expect(error?.code == .invalidArgument)
        #expect(error?.hint != nil)
    }

    @Test(
        "an unusual but harmless path is allowed",
        arguments: [
            "...", "..a", "a..b", ".hidden", "a b", "日本/é.txt", "%2e%2e/x", "a:b", "-rf", "~", String(repeating: "a", count: 255),
        ])
    func harmless(_ path: String) throws {
        #expect(try ArtifactManifest(files(path)).files[0].path == path)
    }

    @Test(
        "two paths that would meet in one place are refused",
        arguments: [["a", "a"], ["Model.txt", "model.TXT"], ["a", "a/b"], ["a/b", "a/b/c/d"], ["A", "a/b"]])
    func collisions(_ paths: [String]) {
        let error = #expect(throws: GatehouseError.self) {
            try ArtifactManifest(paths.map { ArtifactFile(path: $0, digest: Self.digest, bytes: 1) })
        }
        #expect(error?.code == .invalidArgument)
    }

    @Test("no files, too many files and impossible sizes are refused")
    func counts() throws {
        let empty = #expect(throws: GatehouseError.self) { try ArtifactManifest([]) }
        #expect(empty?.code == .invalidArgument)
        let many = (0...ArtifactManifest.filesMax).map { ArtifactFile(path: "f\($0)", digest: Self.digest, bytes: 0) }
        let tooMany = #expect(throws: GatehouseError.self) { try ArtifactManifest(many) }
        #expect(tooMany?.code == .tooLarge)
        #expect(try ArtifactManifest(Array(many.dropLast())).files.count == 100_000)
        for sizes: [Int64] in [[-1], [.max, 1]] {
            let error = #expect(throws: GatehouseError.self) {
                try ArtifactManifest(
                    sizes.enumerated().map { ArtifactFile(path: "f\($0.offset)", digest: Self.digest, bytes: $0.element) })
            }
            #expect(error?.code == .invalidArgument)
        }
    }

    @Test("a list of files that was changed in the database is found out")
    func changedRecord() async throws {
        try await RegistryFixture.run { fixture in
            let manifest = try RegistryFixture.manifest("tree")
            let error = await #expect(throws: GatehouseError.self) {
                try await fixture.store.write { tx in
                    #expect(try tx.seal(manifest, at: RegistryFixture.start))
                    #expect(try !tx.seal(manifest, at: RegistryFixture.start))
                    #expect(try tx.isReferenced(blob: manifest.files[0].digest))
                    #expect(try !tx.isReferenced(blob: Self.digest))
                    try tx.execute("DROP TRIGGER artifact_file_refuses_update")
                    try tx.execute("UPDATE artifact_file SET bytes = 1")
                    _ = try tx.manifest(of: manifest.digest)
                }
            }
            #expect(error?.code == .integrity)
        }
    }
}
