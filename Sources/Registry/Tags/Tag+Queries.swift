package import GatehouseCore
package import Storage

extension SQLTransaction {
    /// Sets a version's tag without asking who may: for Gatehouse's own tags, beside the audit entry of what they mirror.
    package func setTag(_ key: TagKey, _ value: String, of number: VersionNumber, model: ModelName) throws {
        try execute(
            """
            INSERT INTO version_tag (model, version, key, value) VALUES (\(model), \(number), \(key.text), \(value))
            ON CONFLICT (model, version, key) DO UPDATE SET value = excluded.value
            """)
    }

    func deleteTag(_ key: TagKey, of number: VersionNumber, model: ModelName) throws -> Bool {
        try execute("DELETE FROM version_tag WHERE model = \(model) AND version = \(number) AND key = \(key.text)") == 1
    }

    func setTag(_ key: TagKey, _ value: String, of model: ModelName) throws {
        try execute(
            """
            INSERT INTO model_tag (model, key, value) VALUES (\(model), \(key.text), \(value))
            ON CONFLICT (model, key) DO UPDATE SET value = excluded.value
            """)
    }

    func deleteTag(_ key: TagKey, of model: ModelName) throws -> Bool {
        try execute("DELETE FROM model_tag WHERE model = \(model) AND key = \(key.text)") == 1
    }
}
