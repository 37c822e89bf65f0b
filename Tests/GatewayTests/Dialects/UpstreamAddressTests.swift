import GatehouseCore
import Testing

@testable import Gateway

@Suite("Addresses of model servers")
struct UpstreamAddressTests {
    @Test("the scheme says what is spoken and whether over TLS; behind gRPC stands the name of a model")
    func schemes() throws {
        let plain = try UpstreamAddress(parsing: "http://scorer/base/")
        #expect(plain.dialect == .http && plain.port == 80 && plain.basePath == "/base" && plain.isTLS == false)
        let mlflow = try UpstreamAddress(parsing: "mlflow+https://scorer:8443/7")
        #expect(mlflow.dialect == .invocations && mlflow.isTLS && mlflow.basePath == "/7" && mlflow.authority == "scorer:8443")
        let named = try UpstreamAddress(parsing: "grpc://[::1]:8001/credit-7")
        #expect(named.dialect == .calls && named.callModel == "credit-7" && named.basePath == "" && named.host == "::1")
        let secure = try UpstreamAddress(parsing: "grpcs://scorer")
        #expect(secure.isTLS && secure.port == 443 && secure.callModel == nil && secure.authority == "scorer")
    }

    @Test(
        "what is no address is refused",
        arguments: [
            "grpc://scorer:8001/a/b", "grpc://", "mlflow://scorer", "mlflow+grpc://scorer", "scorer:80", "http://a b/",
            "http://a:0", "http://a:65536", "http://u@a", "http://a/?q", "",
        ])
    func refused(text: String) {
        #expect(throws: GatehouseError.self) { try UpstreamAddress(parsing: text) }
    }
}
