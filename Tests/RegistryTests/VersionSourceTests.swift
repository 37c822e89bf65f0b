import GatehouseCore
import Registry
import Testing

@Suite("Sources of versions")
struct VersionSourceTests {
    @Test(
        "are understood",
        arguments: [
            ("s3://bucket/a", VersionSource.other), ("dbfs:/x", .other), ("s3:/b//a", .other), ("gs://b/a?x=..", .other),
            ("s3://b/a#f", .other), ("unknown://x/y", .other), ("s3://bucket/a/", .other), ("/etc/passwd", .local),
            ("relative/path", .local), ("file:///etc", .local), ("runs:/r1/model", .run("r1")), ("runs:/r1", .run("r1")),
            ("models:/m-1", .loggedModel("m-1")), ("models:/credit/7", .version(of: "credit", .number("7"))),
            ("models:/credit@champion", .version(of: "credit", .alias("champion"))),
            ("models:/credit/Staging", .version(of: "credit", .stage("Staging"))),
            ("models:/credit/LATEST", .version(of: "credit", .latest)), ("mlflow-artifacts:/1/r/artifacts", .proxied),
        ])
    func kinds(_ text: String, _ kind: VersionSource) throws {
        #expect(try VersionSource.parse(text) == kind)
    }

    @Test(
        "that lead elsewhere are refused",
        arguments: [
            "s3://b/../a", "s3://b/%2e%2e/a", "s3://b/%252e%252e/a", "s3://b/%25252525252e%2e/a", "s3://b/./a", "s3://b",
            "foo:bar",
            "C:\\x", "mlflow-artifacts:/../../x", "mlflow-artifacts://host/1/x", "http://h/x",
            "https://h/api/2.0/mlflow-artifacts/artifacts/1/x", "hdfs://n/x", "runs:/r/../x", "runs://host/r/x", "models:/",
            "models:/a/b/c", "models:/ /1", "models:/a@", "models://host/a/1", "s3://b/a%00b",
        ])
    func refused(_ text: String) throws {
        let error = #expect(throws: GatehouseError.self) { try VersionSource.parse(text) }
        #expect(error?.code == .invalidArgument)
    }

    @Test("are inside a folder by its parts, however they are spelled")
    func inside() {
        let root = "mlflow-artifacts:/1/abc/artifacts"
        for inner in [
            "mlflow-artifacts:/1/abc/artifacts", "mlflow-artifacts:/1/abc/artifacts/model", "mlflow-artifacts:/1//abc/artifacts/",
            "MLFLOW-artifacts:/1/%61bc/artifacts/m",
        ] {
            #expect(VersionSource.isInside(inner, root: root), "\(inner)")
        }
        for outer in [
            "mlflow-artifacts:/1/abc", "mlflow-artifacts:/1/abc/artifacts2", "mlflow-artifacts:/2/abc/artifacts",
            "s3:/1/abc/artifacts", "mlflow-artifacts://h/1/abc/artifacts",
        ] {
            #expect(!VersionSource.isInside(outer, root: root), "\(outer)")
        }
        #expect(!VersionSource.isInside("s3://b/x", root: "s3://b"))
    }
}
