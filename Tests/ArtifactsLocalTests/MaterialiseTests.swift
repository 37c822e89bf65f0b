import ArtifactsLocal
import Foundation
import GatehouseCore
import Registry
import Testing

@Suite("Materialising an artifact")
struct MaterialiseTests {
    private func stored(_ texts: [String: String], in store: LocalArtifactStore) async throws -> ArtifactManifest {
        var files: [ArtifactFile] = []
        for (path, text) in texts {
            let blob = try await store.put(Array(text.utf8))
            files.append(ArtifactFile(path: path, digest: blob.digest, bytes: blob.bytes))
        }
        return try ArtifactManifest(files)
    }

    @Test("gives every file its place and its bytes")
    func copies() async throws {
        try await withFolder { folder in
            let store = try LocalArtifactStore(directory: "\(folder)/store")
            let texts = ["MLmodel": "flavors", "model.json": "{}", "a/b/c.txt": "deep", "a/copy.json": "{}"]
            let manifest = try await stored(texts, in: store)
            try await store.materialise(manifest, at: "\(folder)/model")
            #expect(files(below: "\(folder)/model") == texts.keys.sorted())
            for (path, text) in texts {
                #expect(try String(contentsOfFile: "\(folder)/model/\(path)", encoding: .utf8) == text)
            }
        }
    }

    @Test("whoever writes into the copy does not touch the store")
    func independent() async throws {
        try await withFolder { folder in
            let store = try LocalArtifactStore(directory: "\(folder)/store")
            let manifest = try await stored(["model.txt": "tree"], in: store)
            try await store.materialise(manifest, at: "\(folder)/model")
            try overwrite("\(folder)/model/model.txt", with: "other")
            let path = try await store.verifiedPath(of: manifest.files[0].digest)
            #expect(try String(contentsOfFile: path, encoding: .utf8) == "tree")
        }
    }

    @Test("a folder that exists is left as it is")
    func existing() async throws {
        try await withFolder { folder in
            let store = try LocalArtifactStore(directory: "\(folder)/store")
            let manifest = try await stored(["model.txt": "tree"], in: store)
            try await store.materialise(manifest, at: "\(folder)/model")
            let error = await #expect(throws: GatehouseError.self) {
                try await store.materialise(manifest, at: "\(folder)/model")
            }
            #expect(error?.code == .alreadyExists)
            #expect(files(below: "\(folder)/model") == ["model.txt"])
        }
    }

    @Test("a changed or missing blob leaves no half-made model", arguments: [true, false])
    func damaged(_ isChanged: Bool) async throws {
        try await withFolder { folder in
            let store = try LocalArtifactStore(directory: "\(folder)/store")
            let manifest = try await stored(["a/first.txt": "sound", "b/second.txt": "tree"], in: store)
            let digest = try #require(manifest.file("b/second.txt")).digest
            if isChanged {
                try overwrite(try await store.path(of: digest), with: "leaf")
            } else {
                try await store.remove(digest, storedBefore: Timestamp(milliseconds: .max))
            }
            let error = await #expect(throws: GatehouseError.self) {
                try await store.materialise(manifest, at: "\(folder)/model")
            }
            #expect(error?.code == .integrity)
            #expect(!FileManager.default.fileExists(atPath: "\(folder)/model"))
        }
    }
}
