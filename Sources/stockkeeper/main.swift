print("stockkeeper")
