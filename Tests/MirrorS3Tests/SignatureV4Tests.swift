import GatehouseCore
import MirrorS3
import Testing

@Suite("AWS Signature Version 4")
struct SignatureV4Tests {
    private func signature(of request: S3Request) -> String? {
        request.headers.first { $0.name == "authorization" }?.value.split(separator: "Signature=").last.map(String.init)
    }

    /// The examples of Amazon's "Authenticating Requests: Using the Authorization Header (AWS Signature Version 4)".
    @Test(
        "Amazon's own examples for S3",
        arguments: [
            (
                S3Request("GET", host: "", path: "/test.txt", headers: [("range", "bytes=0-9")]),
                "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41"
            ),
            (
                S3Request(
                    "PUT", host: "", path: "/" + SignatureV4.encoded("test$file.text"),
                    headers: [("date", "Fri, 24 May 2013 00:00:00 GMT"), ("x-amz-storage-class", "REDUCED_REDUNDANCY")],
                    body: Array("Welcome to Amazon S3.".utf8)),
                "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd"
            ),
            (
                S3Request("GET", host: "", path: "/", query: [("lifecycle", "")]),
                "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543"
            ),
            (
                S3Request("GET", host: "", path: "/", query: [("prefix", "J"), ("max-keys", "2")]),
                "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7"
            ),
        ] as [(S3Request, String)])
    func s3(_ request: S3Request, _ expected: String) throws {
        let signer = SignatureV4(
            credentials: AWSCredentials(
                accessKeyID: "AKIAIOSFODNN7EXAMPLE", secret: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"), region: "us-east-1")
        var request = request
        request.host = "examplebucket.s3.amazonaws.com"
        #expect(signature(of: signer.signed(request, at: try Timestamp(parsing: "2013-05-24T00:00:00Z"))) == expected)
    }

    /// Cases of AWS's published test suite (aws-c-auth, tests/aws-signing-test-suite/v4), by their names there.
    @Test(
        "AWS's test suite",
        arguments: [
            (
                "get-vanilla", S3Request("GET", host: "", path: "/"), nil,
                "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"
            ),
            (
                "get-vanilla-query-order-key-case",
                S3Request("GET", host: "", path: "/", query: [("Param2", "value2"), ("Param1", "value1")]), nil,
                "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500"
            ),
            (
                "get-header-value-trim",
                S3Request("GET", host: "", path: "/", headers: [("My-Header1", " value1"), ("My-Header2", " \"a   b   c\"")]),
                nil,
                "acc3ed3afb60bb290fc8d2dd0098b9911fcaa05412b367055dee359757a9c736"
            ),
            (
                "get-utf8", S3Request("GET", host: "", path: SignatureV4.encoded("/ሴ", keepingSlashes: true)), nil,
                "8318018e0b0f223aa2bbf98705b62bb787dc9c0e678f255a891fd03141be5d85"
            ),
            (
                "get-vanilla-with-session-token", S3Request("GET", host: "", path: "/"),
                "6e86291e8372ff2a2260956d9b8aae1d763fbf315fa00fa31553b73ebf194267",
                "07ec1639c89043aa0e3e2de82b96708f198cceab042d4a97044c66dd9f74e7f8"
            ),
        ] as [(String, S3Request, String?, String)])
    func suite(_ name: String, _ request: S3Request, _ token: String?, _ expected: String) throws {
        let signer = SignatureV4(
            credentials: AWSCredentials(
                accessKeyID: "AKIDEXAMPLE", secret: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", sessionToken: token),
            region: "us-east-1", service: "service")
        var request = request
        request.host = "example.amazonaws.com"
        let signed = signer.signed(request, at: try Timestamp(parsing: "2015-08-30T12:36:00Z"))
        #expect(signature(of: signed) == expected, "\(name)")
    }

    @Test("characters are encoded as AWS does, byte by byte")
    func encoding() {
        #expect(SignatureV4.encoded("aZ09-._~ /+*%é") == "aZ09-._~%20%2F%2B%2A%25%C3%A9")
        #expect(SignatureV4.encoded("a/b c", keepingSlashes: true) == "a/b%20c")
        #expect(SignatureV4.canonicalQuery([("b", "2"), ("a", "2"), ("a", "1"), ("B", "")]) == "B=&a=1&a=2&b=2")
    }
}
