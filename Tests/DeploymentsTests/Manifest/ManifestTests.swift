import GatehouseCore
import Testing

@testable import Deployments

@Suite("Manifests")
struct ManifestTests {
    static let values = """
        # what runs where
        credit:
          model:
            version: 2   # pinned by the deployment job
            uri: 's3://models/credit-risk/2'
            digest: "sha256:00"
          replicas:   3
        other: {name: fraud, version: 7, tags: [a, b]}
        empty:
        """

    private func set(_ pairs: (String, String)..., in text: String = values) throws -> String {
        let changes = try pairs.map { (try ManifestPath(parsing: $0.0), $0.1) }
        return try Manifest(text, file: "values.yaml").setting(changes).text
    }

    private func refusal(_ body: () throws -> some Any) -> GatehouseError? {
        do {
            _ = try body()
            return nil
        } catch {
            return error as? GatehouseError
        }
    }

    @Test("only the value changes: comments, spaces, quotes and order stay")
    func keepsLayout() throws {
        let after = try set(
            ("credit.model.version", "3"), ("credit.model.uri", "s3://models/credit-risk/3"), ("credit.model.digest", "sha256:11")
        )
        let expected = Self.values
            .replacing("version: 2   #", with: "version: 3   #").replacing("credit-risk/2'", with: "credit-risk/3'")
            .replacing("\"sha256:00\"", with: "\"sha256:11\"")
        #expect(after == expected)
    }

    @Test("a value in a map or list on one line is changed where it stands")
    func changesFlow() throws {
        #expect(try set(("other.version", "8")).contains("{name: fraud, version: 8, tags: [a, b]}"))
        #expect(try set(("other.tags[1]", "x,y")).contains("tags: [a, \"x,y\"]}"))
    }

    @Test("what is text stays text, and an empty value gets one")
    func keepsTypes() throws {
        #expect(try set(("other.name", "12")).contains("name: \"12\""))
        #expect(try set(("other.name", "no")).contains("name: \"no\""))
        #expect(try set(("other.name", "registry.internal:5000/x:v3")).contains("name: registry.internal:5000/x:v3,"))
        #expect(try set(("empty", "v3")).hasSuffix("empty: v3"))
        #expect(try set(("empty", "3")).hasSuffix("empty: \"3\""))
        #expect(try set(("credit.model.uri", "it's")).contains("uri: 'it''s'"))
        #expect(try set(("credit.model.digest", "a\"b\\c")).contains(#"digest: "a\"b\\c""#))
    }

    @Test("the same value changes nothing at all")
    func isIdempotent() throws {
        #expect(try set(("credit.model.version", "2")) == Self.values)
    }

    @Test("lines may end as on Windows, and letters of all scripts may stand before a value")
    func findsPlaces() throws {
        let text = "a: {‘größe’: \"🙂\", v: 1}\r\nb: 1\r\n"
        #expect(try set(("a.v", "2"), ("b", "2"), in: text) == "a: {‘größe’: \"🙂\", v: 2}\r\nb: 2\r\n")
    }

    @Test("a path that leads nowhere is named with file, line and what is there")
    func saysWhatIsThere() {
        let found = refusal { try set(("credit.modle.version", "3")) }
        #expect(found?.code == .invalidArgument)
        #expect(found?.message.contains("values.yaml") == true)
        #expect(found?.message.contains("'credit' (line 4) has no 'modle', but model, replicas") == true)
        #expect(found?.hint == "Did you mean 'model'?")
        #expect(refusal { try set(("credit.model.tag", "3")) }?.hint?.hasPrefix("Add the key once") == true)
        #expect(refusal { try set(("credit.model", "3")) }?.message.contains("is a map, not a single value") == true)
        #expect(refusal { try set(("other.tags[5]", "3")) }?.message.contains("has 2 elements") == true)
        #expect(refusal { try set(("empty.x", "3")) }?.message.contains("is a single value") == true)
    }

    @Test("what cannot be changed on its own is refused")
    func refusesWhatItCannot() {
        let text = """
            base: &v 2
            copy: *v
            block: |
              two
              lines
            folded: one
              two
            tagged: !!str 2
            """
        for path in ["base", "copy", "block", "folded", "tagged"] {
            #expect(refusal { try set((path, "3"), in: text) }?.code == .invalidArgument, "\(path)")
        }
        #expect(refusal { try set(("credit.model.version", "3\n4")) }?.message.contains("control characters") == true)
    }

    @Test("of several objects the one with the path is meant, and where there are more it has to be named")
    func picksObjects() throws {
        let text = """
            kind: Service
            metadata: {name: a}
            ---
            kind: Deployment
            metadata: {name: a}
            spec: {image: x:v1}
            ---
            kind: Deployment
            metadata: {name: b}
            spec: {image: x:v1}
            """
        #expect(refusal { try set(("spec.image", "x:v2"), in: text) }?.message.contains("Deployment/a, Deployment/b") == true)
        let after = try set(("deployment/b:spec.image", "x:v2"), in: text)
        #expect(after == text.replacing("b}\nspec: {image: x:v1}", with: "b}\nspec: {image: x:v2}"))
        #expect(refusal { try set(("Job/b:spec.image", "x"), in: text) }?.message.contains("There is no Job/b") == true)
    }

    @Test("what is no manifest is refused with its place")
    func refusesNonsense() {
        #expect(refusal { try Manifest("a: {{ .Values.x }}", file: "t.yaml") }?.code == .invalidArgument)
        #expect(refusal { try Manifest("a: 1\nb: [", file: "t.yaml") }?.message.hasPrefix("t.yaml:") == true)
        #expect(refusal { try Manifest("a: 1\na: 2", file: "t.yaml") }?.message.contains("stands twice") == true)
        #expect(refusal { try Manifest("", file: "t.yaml").values(at: [ManifestPath(parsing: "a")]) }?.code == .invalidArgument)
        #expect(refusal { try Manifest(String(repeating: "[", count: 500), file: "t") } != nil)
        let bomb = "a: &a [x]\n" + (0..<20).map { "b\($0): [*a, *a]\n" }.joined()
        #expect(refusal { try Manifest(bomb, file: "t") }?.message.contains("aliases") == true)
        #expect(refusal { try Manifest(String(repeating: "x", count: Manifest.bytesMax + 1), file: "t") }?.code == .tooLarge)
    }
}

@Suite("Paths into manifests")
struct ManifestPathTests {
    @Test(
        "a path reads back as it is written",
        arguments: [
            "a", "spec.template.spec.containers[name=scorer].image", "a[0].b", "a[\"x.y/z\"].b",
            "Deployment/scorer:spec.replicas",
            "[2].a",
        ])
    func readsBack(_ text: String) throws {
        #expect(try ManifestPath(parsing: text).description == text)
    }

    @Test(
        "nonsense is refused",
        arguments: ["", "a..b", ".a", "a.", "a[", "a[x]", "a[]", "a[=b]", "a[\"\"]", "a b", "x:a", "K/n:", "a]"])
    func refuses(_ text: String) {
        #expect(throws: GatehouseError.self) { try ManifestPath(parsing: text) }
    }
}
