module example.com/worker

go 1.18

require example.com/greet v1.2.0

replace example.com/greet => ./lib/greet
