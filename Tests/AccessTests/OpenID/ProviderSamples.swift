import GatehouseCore

@testable import Access

/// Tokens that PyJWT 2.15 signed with throw-away keys, and the public halves of those.
enum ProviderSamples {
    /// What every token says.
    static let claims: JSONValue = [
        "iss": "https://id.example", "aud": "gatehouse", "sub": "u1", "exp": 1_800_000_000,
    ]

    static let rsaKey =
        #"{"kty": "RSA", "n": "p_27PT1julfh8jMj82_n0rgWrU7e4K26xACSY_pw9of-WvjzFrJtes5bZyApO58E4RZzJH9izhRrO7I"#
        + #"1kz0LIylllNjD2Z8hrz1uF4dB0a3ENhnuiuq-pCgz4IJJmmv7bZWpZVpL0erO3dAGHSUNYIO40O9qw1mERkUkacA1uh_3mO9GFG4"#
        + #"QCTW-K7Y1DplbkAQP1p2KO1xgVYh_Kn0TmHo0_eodc2RF-Fw0tnJclGxxZOitbMPVMIzf0hb9fFMu1ukykObJ1XMjtNeNzHTBg9D"#
        + #"mL5tWeO5EtVBmzqS1TcdRZfGmkU9O3IFElILuyzAvcrmrpFx1PNhf6F2qvV53rw", "e": "AQAB", "kid": "k1"}"#
    static let shortKey =
        #"{"kty": "RSA", "n": "uTGPRN-udSTYFV3osbcbtDMc45tb83Z70ISV3mPKT4S2D-a6F_0w016YnZ5cFt5OG6OWXZIxPQ11DEF"#
        + #"CSJwr0GI-IzL73ygzOq9Ggu-0NXcOTaPG7flnYLDMnv9ffxVHLf4ea7U7QOtV79LNEJFkaX4YavIUcFD9W6t7prrGumk", "e": "#
        + #""AQAB", "kid": "k1"}"#
    static let ecKey =
        #"{"kty": "EC", "crv": "P-256", "x": "s_XHXSZxt6_XJ-6PF65-ixhH0Kwu4DMeZ4_VmVDKPII", "y": "a1xzehgphzW8"#
        + #"Duo8VOXd36XxFPaGwCZ1YMYkqfw2_mw", "kid": "k1"}"#
    static let edKey =
        #"{"x": "OQOfYd7GWa3_Iw9Bv3i7X-lKbVb6P-PVUbs19NC-3C4", "kty": "OKP", "crv": "Ed25519", "kid": "k1"}"#
    static let rs256 =
        #"eyJhbGciOiJSUzI1NiIsImtpZCI6ImsxIiwidHlwIjoiSldUIn0.eyJpc3MiOiJodHRwczovL2lkLmV4YW1wbGUiLCJhdWQiOiJn"#
        + #"YXRlaG91c2UiLCJzdWIiOiJ1MSIsImV4cCI6MTgwMDAwMDAwMH0.PvUHtoa34r6e4n2jeaaHkJ52kwZiCQwGUhRMpg7QVqpGuSe5"#
        + #"p4h1O7FgtbPP_GcN3oG2I8uVYgH3AwAITkCVLhwKZns7JEOIm66OufsaqBZEbvnUMYxtP-UO1hdzGc_DPipOVGDcAuoVx2K-LBvT"#
        + #"Mo9ty4dEA1y_XY6D7Nt5GXbKNuPgdyCDrVSsN4Cri3Jo7OYzVT_Rsod7CHzeQ2Lo3z2docCuT0KONDm5v8kgAm4vfVPEZkhbeWP6"#
        + #"tcP_hy9cUdSVAvORT-1lS61IYsQakvcx5V5qqXZf0Amj3VHUCbDHMCMYX91_CJB5PrhmYLD_F0OeWUVLy_Hz_v-to0-j3Q"#
    static let rs512 =
        #"eyJhbGciOiJSUzUxMiIsImtpZCI6ImsxIiwidHlwIjoiSldUIn0.eyJpc3MiOiJodHRwczovL2lkLmV4YW1wbGUiLCJhdWQiOiJn"#
        + #"YXRlaG91c2UiLCJzdWIiOiJ1MSIsImV4cCI6MTgwMDAwMDAwMH0.gJgxF3ezJTZu-h87DrZCYiVRXRUcFWXchrzEluQ3o8_OeW6P"#
        + #"BIRF0mYQKRIrJGzZd65NI4xlqqgnWqvbdA2-3H5wvUBaGwhBTk1ccKyu0HDoIJpyhdlB66MRnnVNe0lKF4Fh3kjQ3T0JZ0H1ss7Z"#
        + #"Axz6xkqI-n0r_9ScBfnvmdnBO0tTeVvYt9UNgPkPGebz-dWAzlvdsx8b2FeBRLqTVFPgpWw9TFBXb48iOSgiqraUBF35AYfxeOuO"#
        + #"IghOz0BoaPp7zy0YZNIjjDZ1TirEt5GU7do3MKcwGlrZmFFfRcR_WfPfBtBG1GUeSS4IMKgPJueYU7IhP6Fu2yWkKRIs4w"#
    static let ps256 =
        #"eyJhbGciOiJQUzI1NiIsImtpZCI6ImsxIiwidHlwIjoiSldUIn0.eyJpc3MiOiJodHRwczovL2lkLmV4YW1wbGUiLCJhdWQiOiJn"#
        + #"YXRlaG91c2UiLCJzdWIiOiJ1MSIsImV4cCI6MTgwMDAwMDAwMH0.dhOKioQUI-PX0kHxSXJSwZMsrwuF123PzbqS8CVYbQT5RmDM"#
        + #"qaqKOGg6y-aWcnLhSyV8JBK70C57sFpeP95_af3guvuYeLRDg40a17UmlZqZGyXSW9779fnUIqiWe0N7APJ5IsIqA7lmzXj5-nz-"#
        + #"Zhm5eMxri03oLpRS1ziv1daxZ1nlOsFfozWPzwhyd6MozXA3Qj02Sss7wtDka3-pg-KhhQgkXcXjvG7a-sv3HJxxnTO2qZpX9SYn"#
        + #"smvR1pJo83NHkPkaIOX-6zR5vWGsOlT4BPrrj54AMulFFx6bVgI5k3FKVx1L8Gc98EJ_EeXkEYil_j3v-2TR9CiqxS7Iog"#
    static let es256 =
        #"eyJhbGciOiJFUzI1NiIsImtpZCI6ImsxIiwidHlwIjoiSldUIn0.eyJpc3MiOiJodHRwczovL2lkLmV4YW1wbGUiLCJhdWQiOiJn"#
        + #"YXRlaG91c2UiLCJzdWIiOiJ1MSIsImV4cCI6MTgwMDAwMDAwMH0.ke__pKNaMZb619OZaoTiNV69j2plBJbzDQHei9dXxbBuB3C-"#
        + #"I9EhmiiXk_38xfmbipIr-mYZrNLOveyLfRplzw"#
    static let edDSA =
        #"eyJhbGciOiJFZERTQSIsImtpZCI6ImsxIiwidHlwIjoiSldUIn0.eyJpc3MiOiJodHRwczovL2lkLmV4YW1wbGUiLCJhdWQiOiJn"#
        + #"YXRlaG91c2UiLCJzdWIiOiJ1MSIsImV4cCI6MTgwMDAwMDAwMH0.VNwrs81RVl9Du5VyquYCe6eoPfrBjiCGNYtfS9-icCNKYymq"#
        + #"MDig0oOsd-4iLo3VOl0k_7dm2_yO6F3shhlmBA"#
}
