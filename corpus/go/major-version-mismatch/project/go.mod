module example.com/banner

go 1.18

require example.com/greet v2.0.0
