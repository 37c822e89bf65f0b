/// What the server of a version speaks.
package enum UpstreamDialect: Sendable, Hashable {
    /// HTTP. What is asked is passed on as it came.
    case http
    /// HTTP, and for scoring MLflow's `/invocations` only: `mlflow models serve`.
    case invocations
    /// gRPC only: `inference.GRPCInferenceService`.
    case calls
}

/// Stands on a connection to a server of another dialect, between `UpstreamConnection` and the socket: requests go out and
/// answers come in as that server has them, and whoever asks knows nothing of it.
protocol DialectBridge: AnyObject {
    /// What is written next begins a request.
    func begin()
}
