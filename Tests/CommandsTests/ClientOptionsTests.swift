import Testing

@testable import Commands

@Suite("Which server a command talks to")
struct ClientOptionsTests {
    @Test(
        "an MLflow address that is no server's is passed over",
        arguments: [
            ([:], "http://127.0.0.1:5000"),
            (["MLFLOW_TRACKING_URI": "databricks"], "http://127.0.0.1:5000"),
            (["MLFLOW_TRACKING_URI": "sqlite:///mlflow.db"], "http://127.0.0.1:5000"),
            (["MLFLOW_TRACKING_URI": "./mlruns"], "http://127.0.0.1:5000"),
            (["MLFLOW_TRACKING_URI": ""], "http://127.0.0.1:5000"),
            (["MLFLOW_TRACKING_URI": "https://models.example"], "https://models.example"),
            (["MLFLOW_TRACKING_URI": "https://a.example", "GATEHOUSE_SERVER": "https://b.example"], "https://b.example"),
            // Ours is taken at its word, so that a mistake in it is reported.
            (["GATEHOUSE_SERVER": "models.example"], "models.example"),
        ] as [([String: String], String)])
    func server(_ environment: [String: String], _ address: String) {
        #expect(ClientOptions.server(in: environment) == address)
    }
}
