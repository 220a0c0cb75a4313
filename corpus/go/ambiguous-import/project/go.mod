module example.com/status

go 1.19

require (
	example.com/tools v0.0.0
	example.com/tools/report v0.0.0
)

replace (
	example.com/tools => ./tools
	example.com/tools/report => ./report
)
