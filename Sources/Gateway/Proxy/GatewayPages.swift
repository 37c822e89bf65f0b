import GatehouseCore
package import NIOCore
import Serving

/// What a gateway answers about itself.
package struct GatewayPages: Sendable {
    package struct Page: Sendable {
        package let status: Int
        package let contentType: String
        package let body: ByteBuffer

        package init(status: Int, contentType: String = "application/json", body: ByteBuffer) {
            self.status = status
            self.contentType = contentType
            self.body = body
        }

        fileprivate init(status: Int = 200, _ value: JSONValue) {
            self.init(status: status, body: ByteBuffer(string: value.canonicalText))
        }
    }

    private let version: String
    /// Pages of other parts, by path: metrics.
    private let others: [String: @Sendable () -> Page]

    package init(version: String, others: [String: @Sendable () -> Page] = [:]) {
        self.version = version
        self.others = others
    }

    func page(_ path: String, of core: LoopCore) -> Page {
        switch path {
        case "/v1/health/live", "/ping", "/health": Page(["live": true])
        case "/v2/health/live": Page(["live": true])
        case "/v1/health/ready", "/v2/health/ready": ready(core)
        case "/v2":
            Page([
                "name": "gatehouse-gateway", "version": .string(version), "extensions": ["gatehouse_segments", "gatehouse_arms"],
            ])
        case "/v1/serving/inventory": Page(Self.inventory(core))
        case let path where others[path] != nil: others[path].map { $0() } ?? Page(status: 404, ["error": "gone"])
        default:
            Page(
                status: 404, contentType: "application/json",
                body: Self.error(status: 404, "There is nothing under this path; scoring is at /endpoints/NAME/invocations."))
        }
    }

    /// Ready: it has a route table, on every loop, and takes requests.
    private func ready(_ core: LoopCore) -> Page {
        let isReady = core.tableOfAll > 0 && core.isDraining == false
        return Page(status: isReady ? 200 : 503, ["ready": .bool(isReady), "route_table": .integer(core.tableOfAll)])
    }

    /// Which digest answers for which segment here, and whether it takes requests on this loop.
    private static func inventory(_ core: LoopCore) -> JSONValue {
        let routes = core.routes
        func row(_ version: ActiveVersion, _ role: String, _ segment: ActiveSegment, _ endpoint: ActiveEndpoint) -> JSONValue {
            var row: [String: JSONValue] = [
                "endpoint": .string(endpoint.name), "model": .string(endpoint.model),
                "environment": .string(endpoint.environment),
                "segment": .string(segment.name), "role": .string(role), "version": .integer(version.served.version),
                "digest": .string(version.served.digest.description),
            ]
            if let split = segment.split, role != "shadow", role != "last_known_good" {
                let share = role == "challenger" ? split.buckets : Bucketing.total - split.buckets
                row["buckets"] = .integer(Int64(share))
            }
            if let pool = routes.pools[version.index] {
                row["connections"] = .integer(Int64(pool.connections))
                row["circuit_openings"] = .integer(Int64(pool.breaker.openings))
                switch pool.breaker.state {
                case .closed: row["circuit"] = "closed"
                case .open: row["circuit"] = "open"
                case .probing: row["circuit"] = "probing"
                }
            }
            return .object(row)
        }
        var rows: [JSONValue] = []
        for endpoint in routes.active.endpoints {
            for segment in endpoint.segments {
                rows.append(row(segment.champion.version, "champion", segment, endpoint))
                if let arm = segment.challenger { rows.append(row(arm.version, "challenger", segment, endpoint)) }
                if let arm = segment.lastKnownGood { rows.append(row(arm.version, "last_known_good", segment, endpoint)) }
                if let version = segment.shadowVersion { rows.append(row(version, "shadow", segment, endpoint)) }
            }
        }
        return ["route_table": .integer(routes.active.number), "served": .array(rows)]
    }

    /// The form of the Open Inference Protocol, with MLflow's members beside it.
    static func error(status: Int, _ message: String) -> ByteBuffer {
        let value: JSONValue = [
            "error": .string(message), "message": .string(message), "error_code": .string(code(status)),
        ]
        return ByteBuffer(string: value.canonicalText)
    }

    private static func code(_ status: Int) -> String {
        switch status {
        case 403: "PERMISSION_DENIED"
        case 404: "RESOURCE_DOES_NOT_EXIST"
        case 501: "NOT_IMPLEMENTED"
        case 400..<500: "BAD_REQUEST"
        default: "TEMPORARILY_UNAVAILABLE"
        }
    }

    static func reason(_ status: Int) -> String {
        switch status {
        case 200: "OK"
        case 400: "Bad Request"
        case 403: "Forbidden"
        case 404: "Not Found"
        case 405: "Method Not Allowed"
        case 408: "Request Timeout"
        case 413: "Content Too Large"
        case 417: "Expectation Failed"
        case 431: "Request Header Fields Too Large"
        case 501: "Not Implemented"
        case 502: "Bad Gateway"
        case 503: "Service Unavailable"
        case 504: "Gateway Timeout"
        case 505: "HTTP Version Not Supported"
        default: status < 400 ? "OK" : "Error"
        }
    }
}
