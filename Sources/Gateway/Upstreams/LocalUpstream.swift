package import NIOCore
package import Serving

/// A version that answers inside this process. A protocol, because there are three: native models, managed servers that are
/// not up yet, and what tests use.
package protocol LocalUpstream: Sendable {
    /// Called on `eventLoop`. `reply` is called exactly once, on the same loop, before or after this function returns.
    func answer(_ request: LocalRequest, on eventLoop: any EventLoop, _ reply: @escaping @Sendable (LocalAnswer) -> Void)
}

/// A request for a version that runs in this process.
package struct LocalRequest: Sendable {
    /// `POST`, `GET`.
    package let method: ByteBuffer
    /// Behind the endpoint's name, such as `/invocations` or `/v2/models/x/infer`.
    package let target: ByteBuffer
    package let contentType: ByteBuffer?
    package let body: ByteBuffer
    package let deadline: NIODeadline

    package init(method: ByteBuffer, target: ByteBuffer, contentType: ByteBuffer?, body: ByteBuffer, deadline: NIODeadline) {
        self.method = method
        self.target = target
        self.contentType = contentType
        self.body = body
        self.deadline = deadline
    }
}

package struct LocalAnswer: Sendable {
    package let status: Int
    package let contentType: String
    package let body: ByteBuffer

    package init(status: Int, contentType: String = "application/json", body: ByteBuffer) {
        self.status = status
        self.contentType = contentType
        self.body = body
    }
}

/// Where a version that this gateway runs itself is to be reached. Asked when a route table is compiled, off the loops.
package protocol LocalVersions: Sendable {
    /// The version of `model`. Starts loading what is not loaded; until it is, the upstream given answers 503.
    func upstream(for version: ServedVersion, of model: String) -> LocalPlace
}

package enum LocalPlace: Sendable {
    /// A server on this machine: a managed process under `http://127.0.0.1:port`.
    case address(UpstreamAddress)
    /// In this process.
    case process(any LocalUpstream)
    /// This gateway cannot run it.
    case none
}

/// A gateway that runs no versions itself.
package struct NoLocalVersions: LocalVersions {
    package init() {}
    package func upstream(for version: ServedVersion, of model: String) -> LocalPlace { .none }
}
