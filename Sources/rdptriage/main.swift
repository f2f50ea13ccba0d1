print("rdptriage")
