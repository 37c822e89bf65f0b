import GatehouseCore
import MirrorS3
import Testing

@Suite("Where an S3 mirror is, and who signs")
struct S3LocationTests {
    @Test("an address is read with its options")
    func reads() throws {
        let location = try S3Location(
            parsing: "s3://audit-logs/gatehouse/prod?retain=3650d&region=eu-central-1&endpoint=http://127.0.0.1:9000&every=5m",
            regionDefault: nil)
        #expect(location.bucket == "audit-logs" && location.prefix == "gatehouse/prod/" && location.region == "eu-central-1")
        #expect(location.endpoint == "http://127.0.0.1:9000" && location.retention == .seconds(3650 * 86_400))
        #expect(location.every == .seconds(300) && location.description == "s3://audit-logs/gatehouse/prod/")
    }

    @Test("the region comes from the environment where the address has none")
    func region() throws {
        #expect(try S3Location(parsing: "s3://audit?retain=1d", regionDefault: "us-west-2").region == "us-west-2")
        #expect(throws: GatehouseError.self) { try S3Location(parsing: "s3://audit?retain=1d", regionDefault: nil) }
        let other = try S3Location(parsing: "s3://audit?retain=1d&endpoint=https://minio.example", regionDefault: nil)
        #expect(other.region == "us-east-1" && other.prefix.isEmpty)
    }

    @Test(
        "a lock's length has no default, because it cannot be taken back",
        arguments: [
            "s3://audit", "s3://audit?region=x", "s3://audit?retain=0d&region=x", "s3://audit?retain=36501d&region=x",
            "s3://audit?retain=forever&region=x", "s3://audit?retain=12h&region=x",
        ])
    func retention(_ text: String) {
        let error = #expect(throws: GatehouseError.self) { try S3Location(parsing: text, regionDefault: "r") }
        #expect(error?.message.contains("how long objects are locked") == true)
    }

    @Test(
        "anything else that is wrong is said",
        arguments: [
            "http://audit?retain=1d", "s3://?retain=1d", "s3://ab?retain=1d", "s3://Audit?retain=1d", "s3://audit/a b?retain=1d",
            "s3://audit/é?retain=1d", "s3://audit?retain=1d&retian=2d", "s3://audit?retain=1d&endpoint=ftp://x",
            "s3://audit?retain=1d&endpoint=http://user@host", "s3://audit?retain=1d&endpoint=http://",
            "s3://audit?retain=1d&every=2d",
            "s3://audit?retain=1d&region=", "s3://audit?retain=1d&region=a/b",
        ])
    func malformed(_ text: String) {
        #expect(throws: GatehouseError.self) { try S3Location(parsing: text, regionDefault: "r") }
    }

    @Test("credentials come from the environment, else from the file and profile that it names")
    func credentials() throws {
        let file = """
            # ours
            [default]
            aws_access_key_id = ONE
            aws_secret_access_key=first=secret
            [ audit ]
            aws_access_key_id=TWO
            aws_secret_access_key = second
            aws_session_token = token
            """
        func find(_ environment: [String: String]) throws -> String {
            try AWSCredentials.find(in: environment) { $0 == "/h/.aws/credentials" || $0 == "/c" ? file : nil }.accessKeyID
        }
        #expect(try find(["AWS_ACCESS_KEY_ID": "ENV", "AWS_SECRET_ACCESS_KEY": "s", "HOME": "/h"]) == "ENV")
        #expect(try find(["HOME": "/h"]) == "ONE")
        #expect(try find(["AWS_SHARED_CREDENTIALS_FILE": "/c", "AWS_PROFILE": "audit"]) == "TWO")
        for environment in [[:], ["HOME": "/nowhere"], ["HOME": "/h", "AWS_PROFILE": "other"], ["AWS_ACCESS_KEY_ID": "ENV"]] {
            let error = #expect(throws: GatehouseError.self) { try find(environment) }
            #expect(error?.code == .unauthenticated)
        }
    }

    @Test("no way of printing credentials shows the secret")
    func secrets() {
        let credentials = AWSCredentials(accessKeyID: "ID", secret: "very-secret", sessionToken: "token-secret")
        var dumped = ""
        dump(credentials, to: &dumped)
        for text in ["\(credentials)", String(reflecting: credentials), dumped] { #expect(!text.contains("secret"), "\(text)") }
    }
}
