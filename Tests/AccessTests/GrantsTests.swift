import Testing

@testable import Access

struct GrantsTests {
    @Test("nothing is allowed by default")
    func nothingByDefault() {
        #expect(!Grants([]).allows(.read))
        #expect(Grants.everything.allows(.administer))
    }
}
