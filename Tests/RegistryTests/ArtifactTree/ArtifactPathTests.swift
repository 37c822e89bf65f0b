import GatehouseCore
import Registry
import Testing

@Suite("Artifact paths")
struct ArtifactPathTests {
    @Test(
        "are decoded until nothing changes and lose empty and dot components",
        arguments: [
            ("", ""), ("a/b.txt", "a/b.txt"), ("a//b/./c/", "a/b/c"), ("with%20space", "with space"), ("%2520", " "),
            ("100%.txt", "100%.txt"), ("gr%C3%BCn", "grün"), ("a/..b/c", "a/..b/c"), ("...", "..."), ("c:x", "c:x"),
            ("a%2Fb", "a/b"), ("files.txt", "files.txt"),
        ])
    func accepted(_ sent: String, _ text: String) throws {
        #expect(try ArtifactPath(sent).text == text)
    }

    @Test(
        "that point elsewhere or hide something are refused with MLflow's words",
        arguments: [
            "..", "../x", "a/../b", "a/..", "%2e%2e/x", "%252e%252e/x", "%25252e%25252e/x", "..%2fx", "/etc/passwd",
            "%2fetc/passwd", "a#b", "a%23b", "a\\b", "a%5cb", "C:/x", "c:", "c%3A/x", "file:///etc/passwd", "FILE:x", "a%00b",
            "a%0ab", "a\u{7f}b", "a\u{85}b", "%ff", "%c3%28", "%ed%a0%80",
        ])
    func refused(_ sent: String) throws {
        let error = #expect(throws: GatehouseError.self) { try ArtifactPath(sent) }
        #expect(error?.code == .invalidArgument)
        #expect(error?.message == "Invalid path")
        #expect(error?.hint != nil)
    }

    @Test("have limits, and encoding without end is one of them")
    func limits() throws {
        #expect(try ArtifactPath(String(repeating: "a", count: 255)).name.count == 255)
        #expect(throws: GatehouseError.self) { try ArtifactPath(String(repeating: "a", count: 256)) }
        let long = Array(repeating: "abc", count: 256).joined(separator: "/")
        #expect(try ArtifactPath(long).text.utf8.count == 1023)
        #expect(throws: GatehouseError.self) { try ArtifactPath(long + "/a") }
        #expect(throws: GatehouseError.self) { try ArtifactPath(long).appending(ArtifactPath("b")) }
        #expect(throws: GatehouseError.self) { try ArtifactPath("%" + String(repeating: "25", count: 20) + "2e") }
        #expect(throws: GatehouseError.self) { try ArtifactPath(String(repeating: "a/", count: 1_000_000)) }
    }

    @Test("know their parents, names and lineage")
    func parts() throws {
        let path = try ArtifactPath("1/run/artifacts")
        #expect(path.name == "artifacts")
        #expect(path.parent.text == "1/run")
        #expect(path.lineage.map(\.text) == ["1", "1/run", "1/run/artifacts"])
        #expect(ArtifactPath.root.lineage.isEmpty && ArtifactPath.root.parent.isRoot && ArtifactPath.root.name.isEmpty)
        #expect(try path.appending(ArtifactPath("m/MLmodel")).text == "1/run/artifacts/m/MLmodel")
        #expect(try path.appending(.root) == path)
        #expect(try ArtifactPath.root.appending(path) == path)
    }

    @Test("are read from MLflow's addresses, with or without a host")
    func addresses() throws {
        #expect(try ArtifactPath(uri: "mlflow-artifacts:/1/m/artifacts")?.text == "1/m/artifacts")
        #expect(try ArtifactPath(uri: "mlflow-artifacts://host:5000/1/m")?.text == "1/m")
        #expect(try ArtifactPath(uri: "mlflow-artifacts:1/m")?.text == "1/m")
        #expect(try ArtifactPath(uri: "mlflow-artifacts:/")?.isRoot == true)
        for other in ["s3://bucket/a", "", "runs:/1/m", "/tmp/x"] { #expect(try ArtifactPath(uri: other) == nil) }
        #expect(throws: GatehouseError.self) { try ArtifactPath(uri: "mlflow-artifacts:/../../x") }
    }
}
