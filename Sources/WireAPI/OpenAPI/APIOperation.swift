import GatehouseCore

/// One call of the HTTP API, as `/openapi.json` describes it.
package struct APIOperation: Sendable {
    /// What a parameter or a member of a body may be.
    package indirect enum Kind: Sendable {
        case text
        case integer
        case number
        case flag
        case object
        /// An object whose members are all texts.
        case texts
        case anything
        case list(Kind)
        case oneOf([String])
    }

    package struct Field: Sendable {
        package let name: String
        package let kind: Kind
        package let isRequired: Bool

        package init(_ name: String, _ kind: Kind, isRequired: Bool = false) {
            self.name = name
            self.kind = kind
            self.isRequired = isRequired
        }
    }

    package let method: String
    /// With `{name}` for what varies.
    package let path: String
    package let summary: String
    package let query: [Field]
    /// Nil: no body. Empty: an object whose members are not described.
    package let body: [Field]?
    package let isUpload: Bool
    package let needsToken: Bool

    package init(
        _ method: String, _ path: String, _ summary: String = "", query: [Field] = [], body: [Field]? = nil,
        isUpload: Bool = false, needsToken: Bool = true
    ) {
        self.method = method
        self.path = path
        self.summary = summary
        self.query = query
        self.body = body
        self.isUpload = isUpload
        self.needsToken = needsToken
    }

    /// A call below `/api/gatehouse/v1`.
    static func native(
        _ method: String, _ path: String, _ summary: String, query: [Field] = [], body: [Field]? = nil, isUpload: Bool = false
    ) -> APIOperation {
        APIOperation(method, "\(WireCoder.prefix)/\(path)", summary, query: query, body: body, isUpload: isUpload)
    }

    /// A call of MLflow's: its fields are a query with GET and a body with every other method.
    static func mlflow(_ method: String, _ path: String, _ fields: [Field]) -> APIOperation {
        let isQuery = method == "GET"
        return APIOperation(
            method, "\(MLflowPaths.prefixes[0])/\(path)", "MLflow: \(path)", query: isQuery ? fields : [],
            body: isQuery ? nil : fields)
    }
}

extension APIOperation.Kind {
    var schema: JSONValue {
        switch self {
        case .text: ["type": "string"]
        case .integer: ["type": "integer", "format": "int64"]
        case .number: ["type": "number"]
        case .flag: ["type": "boolean"]
        case .object: ["type": "object"]
        case .texts: ["type": "object", "additionalProperties": ["type": "string"]]
        case .anything: [:]
        case .list(let element): ["type": "array", "items": element.schema]
        case .oneOf(let words): ["type": "string", "enum": .array(words.map { .string($0) })]
        }
    }
}
