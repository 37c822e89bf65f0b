-- A POST of 500 bytes; the unit changes with every request.
local body = '{"inputs": [' .. string.rep("0.12345678,", 44) .. "0]}"
body = body .. string.rep(" ", 500 - #body)
wrk.method = "POST"
wrk.headers["Content-Type"] = "application/json"
wrk.body = body
