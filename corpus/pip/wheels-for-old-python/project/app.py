import oldwheel
