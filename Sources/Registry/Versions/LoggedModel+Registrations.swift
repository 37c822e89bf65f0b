import GatehouseCore
import Storage

extension SQLTransaction {
    /// The tag of a logged model that lists the versions made from it.
    private static var registrationsTag: String { "mlflow.modelVersions" }

    /// Adds a version to the tag that says what a logged model was registered as. Nothing happens when there is no such model.
    func noteRegistration(of loggedModel: String, as number: VersionNumber, of model: ModelName) throws {
        let key = Self.registrationsTag
        let found = try first(
            """
            SELECT l.id, t.value FROM logged_model l LEFT JOIN logged_model_tag t ON t.model = l.id AND t.key = \(key)
            WHERE l.id = \(loggedModel)
            """
        ) { try $0.optional("value", $0.text) ?? "[]" }
        guard let found else { return }
        let earlier = (try? JSONParser.parse(found))?.arrayValue ?? []
        let entry: JSONValue = ["name": .string(model.text), "version": .integer(number.value)]
        // Spaces as Python's json puts them: clients read the text and write it again.
        let texts = (earlier + [entry]).map { item in
            "{\"name\": \((item["name"] ?? .null).canonicalText), \"version\": \((item["version"] ?? .null).canonicalText)}"
        }
        try execute(
            """
            INSERT INTO logged_model_tag (model, key, value)
            VALUES (\(loggedModel), \(key), \("[" + texts.joined(separator: ", ") + "]"))
            ON CONFLICT (model, key) DO UPDATE SET value = excluded.value
            """)
    }
}
