package import GatehouseCore

/// The description of the HTTP API that tools read: OpenAPI 3.1.
package enum OpenAPIDocument {
    package static let path = "/openapi.json"

    package static func make(_ operations: [APIOperation]) -> JSONValue {
        var paths: [String: [String: JSONValue]] = [:]
        for operation in operations { paths[operation.path, default: [:]][operation.method.lowercased()] = json(operation) }
        return [
            "openapi": "3.1.0",
            "info": [
                "title": "Gatehouse", "version": "1",
                "description": "A model registry that lets no unchecked model into production. docs/api.md has the meaning.",
            ],
            "paths": .object(paths.mapValues { .object($0) }),
            "components": [
                "securitySchemes": [
                    "token": ["type": "http", "scheme": "bearer"], "password": ["type": "http", "scheme": "basic"],
                ],
                "responses": ["refusal": refusal],
            ],
        ]
    }

    private static let refusal: JSONValue = [
        "description": "What is wrong, and what to do.",
        "content": [
            "application/json": [
                "schema": [
                    "type": "object", "required": ["error_code", "message"],
                    "properties": ["error_code": ["type": "string"], "message": ["type": "string"]],
                ]
            ]
        ],
    ]

    private static func json(_ operation: APIOperation) -> JSONValue {
        var described: [String: JSONValue] = [
            "operationId": .string(identifier(operation)), "summary": .string(operation.summary),
            "parameters": .array(pathParameters(operation.path) + operation.query.map { parameter($0, place: "query") }),
            "responses": [
                "2XX": ["description": "Done."], "4XX": ["$ref": "#/components/responses/refusal"],
            ],
            "security": operation.needsToken ? [["token": []], ["password": []]] : [],
        ]
        if let content = content(operation) { described["requestBody"] = ["required": true, "content": content] }
        return .object(described)
    }

    private static func content(_ operation: APIOperation) -> JSONValue? {
        if operation.isUpload {
            return ["application/octet-stream": ["schema": ["type": "string", "format": "binary"]]]
        }
        return operation.body.map { ["application/json": ["schema": object($0)]] }
    }

    private static func object(_ fields: [APIOperation.Field]) -> JSONValue {
        let required = fields.filter(\.isRequired).map { JSONValue.string($0.name) }
        let properties = Dictionary(fields.map { ($0.name, $0.kind.schema) }, uniquingKeysWith: { first, _ in first })
        let schema: JSONValue = ["type": "object", "properties": .object(properties)]
        guard !required.isEmpty, case .object(var members) = schema else { return schema }
        members["required"] = .array(required)
        return .object(members)
    }

    private static func parameter(_ field: APIOperation.Field, place: String) -> JSONValue {
        [
            "name": .string(field.name), "in": .string(place), "required": .bool(field.isRequired), "schema": field.kind.schema,
        ]
    }

    /// `{model}` in the path is a parameter of the same name.
    private static func pathParameters(_ path: String) -> [JSONValue] {
        path.matches(of: /\{(?<name>\w+)\}/).map { parameter(.init(String($0.name), .text, isRequired: true), place: "path") }
    }

    /// `get_api_2_0_mlflow_runs_get`: unique because method and path are.
    private static func identifier(_ operation: APIOperation) -> String {
        let words = operation.path.split { !$0.isLetter && !$0.isNumber }
        return ([operation.method.lowercased()] + words.map(String.init)).joined(separator: "_")
    }
}
